namespace Kalinka.Pub.Seats;

/// <summary>
/// The right to a seat, from <see cref="AcquireAsync"/> until it is released or lost. It is confirmed while nobody
/// else can have it.
/// </summary>
internal abstract class SeatClaim(string brokerName, int number)
{
    public string BrokerName => brokerName;

    public int Number => number;

    /// <summary>
    /// Told whenever the seat becomes ours, also when it does so again under a running connection. The epoch differs
    /// from that of every other holding: it is the creation zxid of the seat's znode.
    /// </summary>
    public event Action<long>? EpochChanged;

    /// <summary>Ours, as far as this process knows.</summary>
    public abstract bool Held { get; }

    /// <summary>Another's, as far as this process knows.</summary>
    public abstract bool HeldElsewhere { get; }

    /// <summary>Waits until the seat is ours.</summary>
    /// <returns>Cancelled when the seat becomes another's.</returns>
    public abstract Task<CancellationToken> AcquireAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Waits until the holder may connect. The confirmed owner may at once; one that cannot confirm it waits, longer
    /// each time, so that two never take a session from each other in turn.
    /// </summary>
    /// <param name="takenOver">The broker said that another connection took the session over (0x8E).</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public abstract Task MayConnectAsync(bool takenOver, CancellationToken cancellationToken);

    /// <summary>Gives the seat up, after the drain. Never throws.</summary>
    public abstract Task ReleaseAsync();

    protected void TellEpoch(long epoch) => EpochChanged?.Invoke(epoch);
}
