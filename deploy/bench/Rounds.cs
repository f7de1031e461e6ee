using Kalinka.Bench.Contenders;
using Kalinka.Bench.Measurement;

namespace Kalinka.Bench;

/// <summary>All rounds of all contenders, interleaved: what changes on the machine meanwhile meets them alike.</summary>
internal static class Rounds
{
    public static async Task<Dictionary<string, List<RoundResult>>> RunAsync(
        Contender[] contenders,
        BenchOptions options,
        Func<Contender, string, Task<RoundResult>> run
    )
    {
        var results = contenders.ToDictionary(contender => contender.Name, _ => new List<RoundResult>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var contender in contenders)
            {
                var log = Path.Combine(options.Folder, $"{contender.To.Replace('/', '.')}-{round}.log");
                var result = await run(contender, log);
                results[contender.Name].Add(result);
                await Console.Error.WriteLineAsync($"round {round} of {options.Rounds}  {contender.Name}  {result}");
            }
        }

        return results;
    }
}
