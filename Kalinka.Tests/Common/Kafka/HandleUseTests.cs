using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Common.Kafka;

[TestFixture]
internal sealed class HandleUseTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Who_is_inside_is_waited_for_and_nobody_comes_after()
    {
        var use = new HandleUse();
        Assert.That(use.TryEnter());
        var closing = Task.Factory.StartNew(() => use.Close(Soon), TaskCreationOptions.LongRunning);
        while (use.TryEnter())
        {
            use.Leave();
        }

        Assert.That(closing.IsCompleted, Is.False);
        use.Leave();
        Assert.That(await closing.WaitAsync(Soon));
    }

    [Test]
    public void Who_stays_too_long_is_told_of()
    {
        var use = new HandleUse();
        use.TryEnter();
        Assert.That(use.Close(TimeSpan.FromMilliseconds(1)), Is.False);
    }
}
