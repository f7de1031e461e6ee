using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Directory;

/// <summary>Repeats what counts behind a record that was refused, so that compaction keeps the one and not the other.</summary>
internal sealed class TopicRepairs(
    LocationTable table,
    Conflicts conflicts,
    TopicWriter writer,
    TimeProvider time,
    ILogger logger
) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stopped = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync(_stopped.Token);

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopped.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(Interval, time, stopping);
            foreach (var conflict in conflicts.TakeDue())
            {
                await RepairAsync(conflict, stopping);
            }
        }
    }

    private async Task RepairAsync(Conflict conflict, CancellationToken stopping)
    {
        var counts = table.Find(conflict.ClientId);
        var (change, known) =
            counts.State == LocationState.Present
                ? (LocationChange.Put(conflict.ClientId, counts.Broker ?? "", counts, counts.Details), counts.Version)
                : (
                    LocationChange.Remove(conflict.ClientId, counts with { Version = conflict.Offset }),
                    conflict.Offset
                );
        try
        {
            await writer.WriteAsync(change, known, batch: null, 0, stopping);
        }
        catch (KafkaFailureException failure)
        {
            // It stays a conflict, and its turn comes again.
            logger.LogDebug(failure, "A conflict in the directory is not repaired yet");
        }
    }
}
