using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

[TestFixture]
public sealed class ReconnectPatienceTests
{
    [Test]
    public void It_begins_with_twice_the_session_timeout_and_doubles_up_to_an_hour()
    {
        var patience = new ReconnectPatience(TimeSpan.FromSeconds(10));

        var waits = Enumerable.Range(0, 9).Select(_ => (int)patience.Next().TotalSeconds);

        Assert.That(waits, Is.EqualTo(new[] { 20, 40, 80, 160, 320, 640, 1280, 2560, 3600 }));
    }

    [Test]
    public void A_confirmation_begins_it_anew()
    {
        var patience = new ReconnectPatience(TimeSpan.FromSeconds(10));
        patience.Next();
        patience.Next();
        patience.Reset();

        Assert.That(patience.Next(), Is.EqualTo(TimeSpan.FromSeconds(20)));
    }
}
