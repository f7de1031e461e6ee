using Kalinka.Common.Hosting;

namespace Kalinka.Tests.Common.Hosting;

/// <summary>A pipeline that does as it is told.</summary>
internal sealed class FakePipeline : IPipeline
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completed or failed by the test to end the run from inside.</summary>
    public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What a drain waits for.</summary>
    public Task Drained { get; init; } = Task.CompletedTask;

    public DaemonStatus Current { get; set; } =
        new(
            "kalinka-pub",
            "i1",
            "1.2.3",
            Ready: true,
            WaitingFor: null,
            [new BrokerStatus("b1", "mqtt://h:1883", "connected", [0], 3, 12, 100, null, null, null)],
            new KafkaStatus(true, 5, null),
            new DirectoryStatus(7, true, 0),
            Mode: null,
            new Dictionary<string, long> { ["received"] = 100 }
        );

    public Task Started => _started.Task;

    public async Task RunAsync(CancellationToken stopping)
    {
        _started.SetResult();
        await Task.WhenAny(End.Task, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping));
        if (End.Task.IsCompleted)
        {
            await End.Task;
            return;
        }

        await Drained;
    }

    public DaemonStatus Status() => Current;
}
