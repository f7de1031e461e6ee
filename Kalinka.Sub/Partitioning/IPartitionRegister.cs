using Kalinka.Common.ZooKeeper;

namespace Kalinka.Sub.Partitioning;

/// <summary>Where it is written which broker has which partition, for all instances.</summary>
internal interface IPartitionRegister
{
    /// <summary>The partition of every broker that has one.</summary>
    /// <exception cref="ZooKeeperException">The ensemble refused it.</exception>
    Task<IReadOnlyDictionary<string, int>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Gives a broker a partition, unless it has one.</summary>
    /// <param name="choose">Called when it has none.</param>
    /// <returns>The one it has now.</returns>
    /// <exception cref="ZooKeeperException">The ensemble refused it.</exception>
    /// <exception cref="InvalidDataException">The broker's znode cannot be read.</exception>
    Task<int> AssignAsync(string broker, Func<int> choose, CancellationToken cancellationToken);
}
