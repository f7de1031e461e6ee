using Kalinka.QuickStart.Ledger;

namespace Kalinka.QuickStart.Views;

/// <summary>A few lines at the terminal that keep themselves current.</summary>
internal sealed class LiveView(TextWriter output, MessageLedger ledger, Func<int> width) : IView
{
    private const string ToEndOfLine = "\e[K";
    private int _lines;

    public TimeSpan Interval => TimeSpan.FromMilliseconds(250);

    public void Show(TimeSpan elapsed)
    {
        string[] lines =
        [
            $"{Figures.Heading}      {Figures.Time(elapsed)}",
            .. Enum.GetValues<Direction>().Select(direction => Figures.Line(direction, ledger[direction].Totals())),
            "",
            "latest",
            .. Enum.GetValues<Direction>().Select(direction => $"  {direction.Text()}   {ledger.Latest(direction)}"),
        ];
        var columns = Math.Max(20, width());
        var up = _lines == 0 ? "" : $"\e[{_lines}A";
        output.Write(up + string.Concat(lines.Select(line => Cut(line, columns) + ToEndOfLine + "\n")));
        output.Flush();
        _lines = lines.Length;
    }

    // A line that wraps would shift all that is drawn over it.
    private static string Cut(string line, int columns) => line.Length < columns ? line : line[..(columns - 1)];
}
