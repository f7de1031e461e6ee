namespace Kalinka.QuickStart.Ledger;

/// <summary>The account of every message: sent, arrived, arrived twice.</summary>
internal sealed class MessageLedger(TimeProvider time)
{
    private readonly Page[] _pages = [.. Enum.GetValues<Direction>().Select(_ => new Page(time))];
    private readonly string[] _latest = [.. Enum.GetValues<Direction>().Select(_ => "")];

    public Page this[Direction direction] => _pages[(int)direction];

    /// <summary>Everything that was sent has arrived.</summary>
    public bool Balanced => _pages.All(page => page.Totals().Missing == 0);

    /// <summary>Notes an arrival and the way the message has come, for the view.</summary>
    public void Arrive(Direction direction, int number, string way)
    {
        this[direction].Arrive(number);
        Volatile.Write(ref _latest[(int)direction], way);
    }

    /// <summary>The way of the latest arrival; empty before the first.</summary>
    public string Latest(Direction direction) => Volatile.Read(ref _latest[(int)direction]);
}
