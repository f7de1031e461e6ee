namespace Kalinka.Pub.Seats;

/// <summary>How often seats changed hands here. Any thread.</summary>
/// <param name="isAnotherThatDied">Whether an instance of this name is another, and not live.</param>
internal sealed class SeatTallies(Func<string, bool> isAnotherThatDied)
{
    private long _takeovers;
    private long _handovers;

    /// <summary>Seats that were another's, who died, when we took them.</summary>
    public long Takeovers => Interlocked.Read(ref _takeovers);

    /// <summary>Seats that we drained and gave up for another.</summary>
    public long Handovers => Interlocked.Read(ref _handovers);

    /// <summary>A seat has become ours.</summary>
    /// <param name="last">Who was seen holding it last; null: nobody.</param>
    public void Take(string? last)
    {
        if (last is not null && isAnotherThatDied(last))
        {
            Interlocked.Increment(ref _takeovers);
        }
    }

    public void HandOver() => Interlocked.Increment(ref _handovers);
}
