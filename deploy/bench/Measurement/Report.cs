using System.Globalization;

namespace Kalinka.Bench.Measurement;

/// <summary>The figures as Markdown, ready for the documentation.</summary>
internal sealed class Report(TextWriter output, string title, string command, Surroundings surroundings)
{
    public void Write(IReadOnlyDictionary<string, List<RoundResult>> rounds)
    {
        output.WriteLine($"### {title}");
        output.WriteLine();
        output.WriteLine($"    {command}");
        output.WriteLine();
        output.WriteLine(surroundings.Text());
        output.WriteLine();
        output.WriteLine(
            "| least / **median** / greatest round | CPU, us a message | messages/s | p50, ms | p99, ms | delivered |"
        );
        output.WriteLine("|---|---|---|---|---|---|");
        foreach (var (contender, results) in rounds)
        {
            output.WriteLine(Row(contender, results));
        }

        if (rounds.Count == 2)
        {
            output.WriteLine();
            output.WriteLine(Ratio(rounds.First(), rounds.Last()));
        }
    }

    private static string Ratio(
        KeyValuePair<string, List<RoundResult>> ours,
        KeyValuePair<string, List<RoundResult>> theirs
    ) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"CPU, {ours.Key} : {theirs.Key} = **{Cpu(ours.Value).Median / Cpu(theirs.Value).Median:0.00}**"
        );

    private static string Row(string contender, List<RoundResult> results)
    {
        var rate = Spread.Of(results.Select(result => result.MessagesPerSecond));
        var median = Spread.Of(results.Select(result => result.MedianMilliseconds));
        var late = Spread.Of(results.Select(result => result.NinetyNinthMilliseconds));
        var delivered = string.Join(", ", results.Select(result => result.Delivered).Distinct());
        return $"| {contender} | {Cpu(results)} | {rate} | {median} | {late} | {delivered} |";
    }

    private static Spread Cpu(List<RoundResult> results) =>
        Spread.Of(results.Select(result => result.CpuMicrosecondsPerMessage));
}
