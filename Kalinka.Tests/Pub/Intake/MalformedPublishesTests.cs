using Kalinka.Pub.Intake;

namespace Kalinka.Tests.Pub.Intake;

[TestFixture]
public sealed class MalformedPublishesTests
{
    private MalformedPublishes _malformed = null!;

    [SetUp]
    public void Begin() => _malformed = new MalformedPublishes();

    [Test]
    public void A_packet_that_has_ended_two_connections_in_a_row_is_accepted_from_then_on()
    {
        var answers = Enumerable.Range(0, 4).Select(_ => _malformed.Accepts("one"u8)).ToArray();
        Assert.That(answers, Is.EqualTo(new[] { false, false, true, true }));
    }

    [Test]
    public void Another_packet_in_between_begins_anew()
    {
        Assert.That(_malformed.Accepts("one"u8), Is.False);
        Assert.That(_malformed.Accepts("two"u8), Is.False);
        Assert.That(_malformed.Accepts("one"u8), Is.False);
        Assert.That(_malformed.Accepts("one"u8), Is.False);
        Assert.That(_malformed.Accepts("one"u8), Is.True);
    }
}
