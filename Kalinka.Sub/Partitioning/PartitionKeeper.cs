using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Kalinka.Common.Brokers;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub.Partitioning;

/// <summary>
/// Sees to it that the delivery topic is there, and that every broker of the roster has its partition of it. Every
/// instance does so; whoever is first decides.
/// </summary>
/// <param name="mayCreate">The topic may be made, and be given more partitions.</param>
/// <param name="refused">Told of a name that is no broker's and gets no partition. Any thread.</param>
internal sealed class PartitionKeeper(
    DeliveryOptions options,
    bool mayCreate,
    IReadOnlyList<BrokerOptions> configured,
    ITopicCatalog catalog,
    IPartitionRegister register,
    TimeProvider time,
    ILogger<PartitionKeeper> logger,
    Action<string>? refused = null
)
{
    // Looks even when no broker has come: what failed may work now.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly byte[] _kafkaTopic = Encoding.UTF8.GetBytes(options.KafkaTopic);
    private readonly Lock _lock = new();

    // Under the lock.
    private readonly BrokerPartitions _brokers = new(configured);
    private readonly HashSet<string> _asked = [];

    private volatile string? _complaint;
    private UnknownPartitions? _unknown;

    /// <summary>What is wrong with the topic; null for nothing. Any thread.</summary>
    public string? Complaint => _complaint;

    /// <summary>Partitions of the topic, as the cluster said last; 0 for no topic. Any thread.</summary>
    public int Partitions => catalog.Find(_kafkaTopic, out var topic) == TopicLookup.Known ? topic!.PartitionCount : 0;

    /// <summary>Takes a change of the roster. Any thread.</summary>
    public void Take(RosterChange change)
    {
        lock (_lock)
        {
            _brokers.Take(change);
        }

        _look.Writer.TryWrite(true);
    }

    /// <summary>A name that is no broker's wants a partition. Any thread.</summary>
    public void Ask(string name)
    {
        lock (_lock)
        {
            _asked.Add(name);
        }

        _look.Writer.TryWrite(true);
    }

    /// <summary>Keeps the topic and the partitions until cancelled.</summary>
    /// <exception cref="KafkaFailureException">
    /// The topic is not as it is configured, and that cannot be mended; in mode <c>Partitioned</c> only.
    /// </exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        await catalog.Loaded.WaitAsync(stopping);
        if (options.IsPartitioned && PartitionChoice.Contradiction(options, Partitions, mayCreate) is { } problem)
        {
            throw new KafkaFailureException(problem);
        }

        while (true)
        {
            await KeepAsync(stopping);
            await WaitAsync(stopping);
        }
    }

    private async Task KeepAsync(CancellationToken stopping)
    {
        var brokers = Brokers();
        var wanted = PartitionChoice.Wanted(brokers, options.Partitions);
        var error = mayCreate && Partitions < wanted ? await ProvideAsync(wanted, stopping) : null;
        if (Partitions == 0)
        {
            error ??= PartitionChoice.Missing(options.KafkaTopic, wanted);
        }
        else if (brokers.FirstOrDefault(broker => broker.Partition >= Partitions) is { } beyond)
        {
            error ??=
                $"{options.KafkaTopic} has {Partitions} partitions, and broker {beyond.Name} has partition {beyond.Partition}: add the missing ones";
        }

        Complain(error);
        // The cluster may forget the topic for a moment at any time.
        if (Partitions is > 0 and var partitions)
        {
            await AssignAsync(PartitionChoice.Unassigned(brokers).ToList(), partitions, stopping);
        }

        await AnswerAsync(brokers, stopping);
    }

    // Who is not answered asks again.
    private async Task AnswerAsync(List<RosterEntry> brokers, CancellationToken stopping)
    {
        var names = Asked();
        if (names.Count == 0)
        {
            return;
        }

        try
        {
            _unknown ??= new UnknownPartitions(register, () => Partitions, Grow(), time, logger);
            var without = Partitions == 0 ? names : await _unknown.AssignAsync(names, brokers, stopping);
            foreach (var name in without)
            {
                refused?.Invoke(name);
            }
        }
        catch (ZooKeeperException problem)
        {
            logger.LogWarning("No partition could be assigned: {Problem}", problem.Message);
        }
    }

    private Func<CancellationToken, Task<string?>>? Grow() =>
        mayCreate && options.Partitions is null ? stopping => ProvideAsync(Partitions + 1, stopping) : null;

    // Records keep their timestamps: younger than MaxAge is what is still wanted.
    private Task<string?> ProvideAsync(int partitions, CancellationToken stopping)
    {
        var retention = options.MaxAge + TimeSpan.FromDays(1);
        var settings = new Dictionary<string, string>
        {
            ["cleanup.policy"] = "delete",
            ["retention.ms"] = ((long)retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
        };
        return catalog.ProvideAsync(options.KafkaTopic, partitions, settings, stopping);
    }

    private async Task AssignAsync(List<string> names, int partitions, CancellationToken stopping)
    {
        if (names.Count == 0)
        {
            return;
        }

        try
        {
            var taken = (await register.ReadAsync(stopping)).ToDictionary();
            foreach (var name in names)
            {
                taken[name] = await register.AssignAsync(
                    name,
                    () => Remembered(name, partitions) ?? PartitionChoice.Next(taken.Values, partitions),
                    stopping
                );
                logger.LogInformation("{Broker} has partition {Partition}", name, taken[name]);
            }
        }
        catch (Exception problem) when (problem is ZooKeeperException or InvalidDataException)
        {
            // The next look tries again.
            logger.LogWarning("No partition could be assigned: {Problem}", problem.Message);
        }
    }

    // Whoever announces a broker may write its znode anew: what waits for it is in the partition that it had.
    private int? Remembered(string name, int partitions)
    {
        lock (_lock)
        {
            return _brokers.Remembered(name) is var partition and >= 0 && partition < partitions ? partition : null;
        }
    }

    private List<string> Asked()
    {
        lock (_lock)
        {
            List<string> names = [.. _asked];
            _asked.Clear();
            return names;
        }
    }

    private List<RosterEntry> Brokers()
    {
        lock (_lock)
        {
            return [.. _brokers.Brokers];
        }
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        using var timer = time.CreateTimer(_ => _look.Writer.TryWrite(true), null, LookAgain, Timeout.InfiniteTimeSpan);
        await _look.Reader.ReadAsync(stopping);
    }

    private void Complain(string? problem)
    {
        if (problem is not null && problem != _complaint)
        {
            logger.Log(options.IsPartitioned ? LogLevel.Error : LogLevel.Warning, "{Problem}", problem);
        }

        _complaint = problem;
    }
}
