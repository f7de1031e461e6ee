using System.Diagnostics;
using Kalinka.Common.Hosting;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Hosting;

[NonParallelizable]
internal sealed class StopSignalsTests
{
    [Test]
    public async Task SIGTERM_is_heard_and_does_not_kill()
    {
        using var signals = new StopSignals();
        using var self = Process.GetCurrentProcess();
        self.Send(Signals.Terminate);

        await Eventually.That(() => signals.Token.IsCancellationRequested, TimeSpan.FromSeconds(10), "the signal");
    }
}
