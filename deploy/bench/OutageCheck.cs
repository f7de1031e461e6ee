using System.Globalization;
using Kalinka.Bench.Measurement;

namespace Kalinka.Bench;

/// <summary>
/// Whether a dead broker stalls nobody else: in each mode the medians of the rounds, of throughput and of the 99th
/// percentile, are within a tenth of what they are while both are there.
/// </summary>
internal static class OutageCheck
{
    private const double Tenth = 0.1;

    /// <exception cref="BenchException">They are not.</exception>
    public static void Run(IReadOnlyDictionary<string, List<RoundResult>> rounds)
    {
        var worse = rounds
            .GroupBy(each => each.Key.Split(',')[0])
            .Where(mode => mode.Count() == 2)
            .SelectMany(mode => Worse(mode.Key, mode.First().Value, mode.Last().Value))
            .ToList();
        if (worse.Count > 0)
        {
            throw new BenchException(string.Join(Environment.NewLine, worse));
        }
    }

    private static IEnumerable<string> Worse(string mode, List<RoundResult> both, List<RoundResult> dead)
    {
        var (rate, without) = (Median(both, r => r.MessagesPerSecond), Median(dead, r => r.MessagesPerSecond));
        if (without < rate * (1 - Tenth))
        {
            yield return Text(mode, "messages a second", rate, without);
        }

        var (late, later) = (
            Median(both, r => r.NinetyNinthMilliseconds),
            Median(dead, r => r.NinetyNinthMilliseconds)
        );
        if (later > late * (1 + Tenth))
        {
            yield return Text(mode, "ms at the 99th percentile", late, later);
        }
    }

    private static double Median(List<RoundResult> rounds, Func<RoundResult, double> value) =>
        Spread.Of(rounds.Select(value)).Median;

    private static string Text(string mode, string what, double both, double dead) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{mode}: {both:0.0} {what} while both are there, {dead:0.0} while one is dead"
        );
}
