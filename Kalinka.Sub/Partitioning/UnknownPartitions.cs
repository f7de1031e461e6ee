using Kalinka.Common.Brokers;
using Kalinka.Common.Configuration;
using Kalinka.Common.Text;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub.Partitioning;

/// <summary>
/// Gives names that are no broker's a partition each, one that stands for nobody else: whoever shared it would stand
/// still with it. Only so many get one, since anybody may write client znodes. One thread.
/// </summary>
/// <param name="partitions">Of the topic, as it is now.</param>
/// <param name="grow">Adds a partition; null where none may be added, and an error when it cannot be.</param>
internal sealed class UnknownPartitions(
    IPartitionRegister register,
    Func<int> partitions,
    Func<CancellationToken, Task<string?>>? grow,
    TimeProvider time,
    ILogger logger
)
{
    /// <summary>Names that have a partition and are no broker's, be it no more.</summary>
    public const int Most = 16;

    // Whoever makes up names must not fill the log.
    private static readonly TimeSpan SayAgain = TimeSpan.FromMinutes(1);

    private long? _said;

    /// <summary>Gives each its partition, unless it has one.</summary>
    /// <param name="brokers">The roster.</param>
    /// <returns>The names that get none.</returns>
    /// <exception cref="ZooKeeperException">The ensemble refused it.</exception>
    public async Task<IReadOnlyList<string>> AssignAsync(
        IReadOnlyCollection<string> names,
        IReadOnlyCollection<RosterEntry> brokers,
        CancellationToken stopping
    )
    {
        var known = brokers
            .Where(broker => broker.State != RosterState.Unknown)
            .ToDictionary(broker => broker.Name, broker => broker.State);
        var taken = (await register.ReadAsync(stopping)).ToDictionary();
        var refused = new List<string>();
        foreach (var name in names)
        {
            var problem = known.TryGetValue(name, out var state)
                ? state == RosterState.Refused
                    ? "it is announced where no connection is allowed"
                    : null
                : await AssignAsync(name, taken, known.Keys, stopping);
            if (problem is not null)
            {
                refused.Add(name);
                Say(name, problem);
            }
        }

        return refused;
    }

    private async Task<string?> AssignAsync(
        string name,
        Dictionary<string, int> taken,
        IReadOnlyCollection<string> known,
        CancellationToken stopping
    )
    {
        if (taken.ContainsKey(name))
        {
            return null;
        }

        if (!Names.IsLegal(name))
        {
            return "it is no name of a broker";
        }

        if (taken.Keys.Except(known).Count() >= Most)
        {
            return $"{Most} others that are no broker's have one: delete the znodes in /brokers that are not needed";
        }

        return await FreeAsync(taken.Values, stopping) is var (free, problem) && problem is null
            ? await WriteAsync(name, free, taken, stopping)
            : problem;
    }

    private async Task<string?> WriteAsync(
        string name,
        int free,
        Dictionary<string, int> taken,
        CancellationToken stopping
    )
    {
        try
        {
            taken[name] = await register.AssignAsync(name, () => free, stopping);
        }
        catch (InvalidDataException problem)
        {
            return problem.Message;
        }

        logger.LogError(
            "{Broker} is neither configured nor announced, and clients are there: their records wait in partition {Partition}",
            name,
            taken[name]
        );
        return null;
    }

    // The last of them: brokers are given the first.
    private async Task<(int Partition, string? Problem)> FreeAsync(
        IReadOnlyCollection<int> taken,
        CancellationToken stopping
    )
    {
        var next = partitions();
        var free = Enumerable.Range(0, next).Except(taken).DefaultIfEmpty(-1).Last();
        if (free >= 0)
        {
            return (free, null);
        }

        var problem = grow is null
            ? "every partition stands for a broker, and none may be added"
            : await grow(stopping);
        return (next, problem);
    }

    private void Say(string name, string problem)
    {
        if (_said is { } said && time.GetElapsedTime(said) < SayAgain)
        {
            return;
        }

        _said = time.GetTimestamp();
        logger.LogError(
            "{Broker}, which the directory names, gets no partition, and what is for it becomes dead letters: {Problem}",
            Printable.Of(name),
            problem
        );
    }
}
