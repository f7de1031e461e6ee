using System.Globalization;
using Kalinka.QuickStart.Ledger;

namespace Kalinka.QuickStart.Views;

/// <summary>The figures of the ledger as lines of text.</summary>
internal static class Figures
{
    public const string Heading = "direction               sent  arrived  on the way  twice   median";

    public static string Line(Direction direction, PageTotals totals) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{direction.Text(), -18}  {totals.Sent, 8}  {totals.Arrived, 7}  {totals.Missing, 10}  {totals.Duplicates, 5}  {totals.MedianLatency.TotalMilliseconds, 4:0} ms"
        );

    public static string Time(TimeSpan elapsed) => elapsed.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
