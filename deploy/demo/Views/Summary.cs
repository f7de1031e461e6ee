using Kalinka.QuickStart.Daemons;
using Kalinka.QuickStart.Ledger;

namespace Kalinka.QuickStart.Views;

/// <summary>How it ended: the account of every message and the daemons' exit codes.</summary>
internal sealed class Summary(MessageLedger ledger, IReadOnlyList<DaemonExit> exits)
{
    /// <summary>Every message has arrived, and both daemons have drained and left with 0.</summary>
    public bool Good => ledger.Balanced && exits.All(exit => exit.Code == 0);

    public void Write(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("direction               sent  arrived    lost  twice   median");
        foreach (var direction in Enum.GetValues<Direction>())
        {
            var totals = ledger[direction].Totals();
            output.WriteLine(
                $"{direction.Text(), -18}  {totals.Sent, 8}  {totals.Arrived, 7}  {totals.Missing, 6}  {totals.Duplicates, 5}  {totals.MedianLatency.TotalMilliseconds, 4:0} ms"
            );
        }

        output.WriteLine();
        foreach (var exit in exits)
        {
            output.WriteLine($"{exit.Daemon}: {(exit.Code is { } code ? $"exit code {code}" : "did not end in time")}");
        }

        output.WriteLine(Good ? "Every message is accounted for." : "Not every message is accounted for.");
    }
}
