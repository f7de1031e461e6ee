using Kalinka.Common.Brokers;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Sub.Partitioning;

/// <summary>The partitions in <c>/brokers/name</c>. Waits while ZooKeeper is away.</summary>
internal sealed class ZnodePartitions(ZooKeeperClient client) : IPartitionRegister
{
    public Task<IReadOnlyDictionary<string, int>> ReadAsync(CancellationToken cancellationToken) =>
        BrokerZnodes.PartitionsAsync(client, cancellationToken);

    public Task<int> AssignAsync(string broker, Func<int> choose, CancellationToken cancellationToken) =>
        BrokerZnodes.AssignPartitionAsync(client, broker, choose, cancellationToken);
}
