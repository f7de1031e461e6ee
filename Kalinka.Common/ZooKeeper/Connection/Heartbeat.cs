using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>
/// Keeps a session alive and finds out when its server is gone. As in ZooKeeper's own client: a ping after a third of the
/// session time-out without sending, and the end after two thirds without a byte; the last third is left to find another
/// server before the session expires.
/// </summary>
internal sealed class Heartbeat(TimeSpan sessionTimeout, OutgoingQueue outgoing, TimeProvider time)
{
    private readonly TimeSpan _silence = sessionTimeout * 2 / 3;
    private long _heard = time.GetTimestamp();
    private long _sent = time.GetTimestamp();

    /// <summary>The reading side got something.</summary>
    public void Heard() => Volatile.Write(ref _heard, time.GetTimestamp());

    /// <summary>The writing side sent something.</summary>
    public void Sent() => Volatile.Write(ref _sent, time.GetTimestamp());

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ticks = new PeriodicTimer(_silence / 8, time);
        while (await ticks.WaitForNextTickAsync(cancellationToken))
        {
            if (time.GetElapsedTime(Volatile.Read(ref _heard)) is var quiet && quiet > _silence)
            {
                throw new TimeoutException($"nothing heard for {quiet.TotalMilliseconds:F0} ms");
            }

            // A tick early, so that the next one is not too late.
            if (time.GetElapsedTime(Volatile.Read(ref _sent)) >= _silence * 3 / 8)
            {
                outgoing.Add(Ping());
            }
        }
    }

    private static PrimingRequest Ping()
    {
        var ping = new PrimingRequest(RequestFrame.Build(OpCode.Ping), null);
        ping.Number(Xid.Ping);
        return ping;
    }
}
