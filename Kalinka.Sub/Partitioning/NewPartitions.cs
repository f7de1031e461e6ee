using System.Threading.Channels;
using Kalinka.Common.Brokers;

namespace Kalinka.Sub.Partitioning;

/// <summary>
/// Has Kafka's clients look at the delivery topic again as soon as the roster names a partition that they have not seen:
/// by themselves they look every ten seconds.
/// </summary>
/// <param name="seen">Partitions of the topic, as they are known now.</param>
/// <param name="look">Asks the cluster.</param>
internal sealed class NewPartitions(Func<int> seen, Func<Task> look, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    // The broker that is asked may learn of a partition later than the one that made it. Then the clients' own pace is enough.
    private const int MostLooks = 10;

    private readonly Channel<bool> _named = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private int _highest = -1;

    /// <summary>Takes a change of the roster. One thread.</summary>
    public void Take(RosterChange change)
    {
        if (change.Entry.Partition > _highest)
        {
            Volatile.Write(ref _highest, change.Entry.Partition.Value);
            _named.Writer.TryWrite(true);
        }
    }

    /// <summary>Looks whenever there is a reason, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await _named.Reader.ReadAsync(stopping);
            for (var (looks, wasSeen) = (0, false); looks < MostLooks && !wasSeen; looks++)
            {
                if (looks > 0)
                {
                    await Task.Delay(LookAgain, time, stopping);
                }

                wasSeen = seen() > Volatile.Read(ref _highest);
                await look().WaitAsync(stopping);
            }
        }
    }
}
