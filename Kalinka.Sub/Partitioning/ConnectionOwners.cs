using Kalinka.Common.ZooKeeper;

namespace Kalinka.Sub.Partitioning;

/// <summary>Which instance has the connection to which broker, in mode <c>Partitioned</c>; for people to see.</summary>
internal sealed class ConnectionOwners(IPartitionRegister register, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private volatile IReadOnlyDictionary<string, string> _owners = new Dictionary<string, string>();

    /// <summary>The instance's name, as read last; null when none says so. Any thread.</summary>
    public string? Of(string broker) => _owners.GetValueOrDefault(broker);

    /// <summary>Looks again and again until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookAgain, time);
        do
        {
            try
            {
                _owners = await register.ReadOwnersAsync(stopping);
            }
            catch (ZooKeeperException)
            {
                // What was read last stays.
            }
        } while (await timer.WaitForNextTickAsync(stopping));
    }
}
