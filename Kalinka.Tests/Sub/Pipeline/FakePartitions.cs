using System.Collections.Concurrent;
using Kalinka.Sub.Partitioning;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>The partitions of the brokers, in memory.</summary>
internal sealed class FakePartitions : IPartitionRegister
{
    public ConcurrentDictionary<string, int> Assigned { get; } = [];

    public Task<IReadOnlyDictionary<string, int>> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, int>>(Assigned.ToDictionary());

    public Task<int> AssignAsync(string broker, Func<int> choose, CancellationToken cancellationToken) =>
        Task.FromResult(Assigned.GetOrAdd(broker, _ => choose()));
}
