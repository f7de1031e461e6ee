namespace Kalinka.Tests.Stack;

internal sealed class DaemonTests
{
    [TestCase(Daemon.Pub)]
    [TestCase(Daemon.Sub)]
    public async Task A_daemon_that_ended_is_not_waited_for(string name)
    {
        await using var daemon = Daemon.Start(name, "{}");

        var failure = await Assert.ThrowsAsync<AssertionException>(() => daemon.WaitReadyAsync());

        Assert.That(failure!.Message, Does.Contain("ended with exit code"));
    }
}
