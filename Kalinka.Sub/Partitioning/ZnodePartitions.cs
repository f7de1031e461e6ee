using Kalinka.Common.Brokers;
using Kalinka.Common.Instances;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Sub.Partitioning;

/// <summary>The partitions in <c>/brokers/name</c>. Waits while ZooKeeper is away.</summary>
internal sealed class ZnodePartitions(ZooKeeperClient client) : IPartitionRegister
{
    public Task<IReadOnlyDictionary<string, int>> ReadAsync(CancellationToken cancellationToken) =>
        BrokerZnodes.PartitionsAsync(client, cancellationToken);

    public async Task<IReadOnlyDictionary<string, string>> ReadOwnersAsync(CancellationToken cancellationToken)
    {
        var owners = new Dictionary<string, string>();
        foreach (var instance in await InstanceZnodes.ReadAsync(client, "kalinka-sub", cancellationToken))
        {
            foreach (var broker in instance.Report?.BrokersReached ?? [])
            {
                owners.TryAdd(broker, instance.Name);
            }
        }

        return owners;
    }

    public Task<int> AssignAsync(string broker, Func<int> choose, CancellationToken cancellationToken) =>
        BrokerZnodes.AssignPartitionAsync(client, broker, choose, cancellationToken);
}
