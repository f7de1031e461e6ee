namespace Kalinka.Pub.Seats;

/// <summary>A seat without ZooKeeper: always this process's. The operator sees to it that only one process runs.</summary>
/// <param name="brokerName">The broker.</param>
/// <param name="number">The seat.</param>
/// <param name="epoch">Of all records of this process: its start, Unix milliseconds.</param>
internal sealed class FixedSeatClaim(string brokerName, int number, long epoch) : SeatClaim(brokerName, number)
{
    public override bool Held => true;

    public override bool HeldElsewhere => false;

    public override Task<CancellationToken> AcquireAsync(CancellationToken cancellationToken)
    {
        TellEpoch(epoch);
        return Task.FromResult(CancellationToken.None);
    }

    public override Task MayConnectAsync(bool takenOver, CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task ReleaseAsync() => Task.CompletedTask;
}
