using Kalinka.QuickStart.Ledger;

namespace Kalinka.QuickStart.Views;

/// <summary>One line every five seconds, for a pipe or a log.</summary>
internal sealed class PlainView(TextWriter output, MessageLedger ledger) : IView
{
    public TimeSpan Interval => TimeSpan.FromSeconds(5);

    public void Show(TimeSpan elapsed)
    {
        var parts = Enum.GetValues<Direction>()
            .Select(direction => (direction, totals: ledger[direction].Totals()))
            .Select(page => $"{Name(page.direction)} {page.totals.Arrived}/{page.totals.Sent}");
        output.WriteLine($"{Figures.Time(elapsed)}  arrived/sent: {string.Join(", ", parts)}");
    }

    private static string Name(Direction direction) =>
        direction switch
        {
            Direction.DeviceToBackEnd => "reports",
            Direction.BackEndToDevice => "answers",
            _ => "device to device",
        };
}
