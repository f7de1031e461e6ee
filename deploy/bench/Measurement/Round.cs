using System.Diagnostics;
using Kalinka.Bench.Contenders;
using Kalinka.Bench.Load;
using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Measurement;

/// <summary>Runs one contender once.</summary>
/// <param name="written">Messages at the far end since its beginning, where the far end can tell; else null.</param>
internal sealed class Round(
    BenchOptions options,
    Contender contender,
    ILoad load,
    Arrivals arrivals,
    Func<long>? written
)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    public async Task<RoundResult> RunAsync(string log)
    {
        using var process = contender.Start(log);
        await FirstArrivalAsync(process, log);
        await SendAsync(options.WarmUp);
        var result = await MeasureAsync(process.Id);
        await process.StopAsync(StopTimeout);
        return result;
    }

    /// <summary>Sends single messages until one comes through, then waits for silence.</summary>
    private async Task FirstArrivalAsync(GuardedProcess process, string log)
    {
        arrivals.Expect(0);
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (arrivals.Count == 0)
        {
            if (process.ExitCode is not null || Stopwatch.GetElapsedTime(started) > StartTimeout)
            {
                throw new BenchException($"Nothing comes through {contender.Name}, see {log}");
            }

            await load.SendAsync(contender.From, messages: 1, perSecond: 0);
            await timer.WaitForNextTickAsync();
        }

        for (var seen = -1; seen != arrivals.Count; )
        {
            seen = arrivals.Count;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }
    }

    private async Task<RoundResult> MeasureAsync(int processId)
    {
        var writtenBefore = written?.Invoke();
        var cpuBefore = ProcessTree.CpuSeconds(processId);
        var started = Stopwatch.GetTimestamp();
        await SendAsync(options.Messages);
        var cpu = ProcessTree.CpuSeconds(processId) - cpuBefore;
        var delivered = written is null ? arrivals.Count : (int)(written() - writtenBefore!.Value);
        return new RoundResult(
            delivered,
            cpu * 1e6 / delivered,
            delivered / arrivals.Since(started).TotalSeconds,
            arrivals.Age(0.5).TotalMilliseconds,
            arrivals.Age(0.99).TotalMilliseconds
        );
    }

    private async Task SendAsync(int messages)
    {
        arrivals.Expect(messages);
        await load.SendAsync(contender.From, messages, options.Rate);
        await arrivals.ReachAsync(messages - contender.Tail);
    }
}
