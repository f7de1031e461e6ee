using System.Threading.Channels;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Brokers;

/// <summary>
/// Which brokers there are: those of the configuration, and those announced in <c>/brokers/name</c>, as they come and
/// go. While ZooKeeper is away the roster stays what it was.
/// </summary>
/// <param name="client">Started and closed by its owner.</param>
/// <param name="configured">They are always in the roster.</param>
/// <param name="unknown">Names that have a partition of the delivery topic and are no broker's are in it, too.</param>
public sealed class BrokerRoster(
    ZooKeeperClient client,
    IReadOnlyList<BrokerOptions> configured,
    AnnouncedOptions options,
    TimeProvider time,
    ILogger<BrokerRoster> logger,
    bool unknown = false
)
{
    /// <summary>Announced brokers beyond it, by name, are left out.</summary>
    public const int MostAnnounced = 1_000;

    // That many names are asked for, legal or not.
    private const int MostChildren = 4 * MostAnnounced;

    // A znode may hold a megabyte.
    private const int ReadAtATime = 16;

    // Looks even when no event came, so that nothing depends on a single notification.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    // A reply that is too large ends the connection, on which others depend: it is not asked for again soon.
    private static readonly TimeSpan Reluctance = TimeSpan.FromMinutes(10);

    // What comes in quick succession is looked at once.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(100);

    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly Announcements _announcements = new();
    private IReadOnlyList<RosterEntry> _entries = Roster.Of(configured);
    private long? _tooLarge;
    private string? _complaint;

    /// <summary>
    /// Follows the ensemble until cancelled, then returns. Who is told begins with the configured brokers in service.
    /// </summary>
    /// <param name="changed">Called for one change after the other, never for two at a time.</param>
    public async Task FollowAsync(Action<RosterChange> changed, CancellationToken stopping)
    {
        client.StateChanged += OnState;
        try
        {
            await OnceAsync(WatchAsync, stopping);
            while (true)
            {
                await OnceAsync(LookAsync, stopping);
                Tell(changed);
                await WaitAsync(stopping);
            }
        }
        catch (Exception exception) when (stopping.IsCancellationRequested && IsEnd(exception))
        {
            // Cancelled, and perhaps the client is closed already.
        }
        finally
        {
            client.StateChanged -= OnState;
        }
    }

    private static bool IsEnd(Exception exception) =>
        exception is OperationCanceledException or ObjectDisposedException or ZooKeeperException;

    // What the ensemble refuses is told once; the next look tries again.
    private async Task OnceAsync(Func<CancellationToken, Task<bool>> request, CancellationToken stopping)
    {
        try
        {
            await TransientFailures.OutlastAsync(request, time, stopping);
        }
        catch (ZooKeeperException exception) when (!stopping.IsCancellationRequested)
        {
            _tooLarge = exception.Code == KeeperCode.MarshallingError ? time.GetTimestamp() : _tooLarge;
            Complain(exception.Message);
        }
    }

    private async Task<bool> WatchAsync(CancellationToken stopping)
    {
        await client.AddWatchAsync(BrokerZnodes.Root, AddWatchMode.PersistentRecursive, _ => Look(), stopping);
        await client.EnsurePathAsync(BrokerZnodes.Root, stopping);
        return true;
    }

    private async Task<bool> LookAsync(CancellationToken stopping)
    {
        if (_tooLarge is { } since && time.GetElapsedTime(since) < Reluctance)
        {
            return false;
        }

        var stat = await client.ExistsAsync(BrokerZnodes.Root, stopping);
        if (stat?.NumChildren > MostChildren)
        {
            Complain($"{stat.Value.NumChildren} znodes are too many to look at: the roster stays what it was");
            return false;
        }

        var names = stat is null ? [] : await client.GetChildrenAsync(BrokerZnodes.Root, stopping);
        var znodes = await ReadAsync(Bounded(names), stopping);
        _announcements.Take(znodes, (path, problem) => logger.LogError("{Path}: {Problem}", path, problem));
        return true;
    }

    // The configured ones first: that one of them is retired must not depend on how many others are announced.
    private List<string> Bounded(string[] names)
    {
        var ours = configured.Select(broker => broker.Name).ToHashSet();
        var ordered = names.OrderBy(name => ours.Contains(name) ? 0 : 1).ThenBy(name => name, StringComparer.Ordinal);
        var bounded = ordered.Take(ours.Count + MostAnnounced).ToList();
        if (bounded.Count < names.Length)
        {
            Complain($"{names.Length - bounded.Count} announced brokers are left out: more than {MostAnnounced}");
        }

        return bounded;
    }

    private async Task<List<(string, Znode)>> ReadAsync(List<string> names, CancellationToken stopping)
    {
        var znodes = new List<(string, Znode)>(names.Count);
        foreach (var some in names.Chunk(ReadAtATime))
        {
            var read = await Task.WhenAll(
                some.Select(name => client.FindDataAsync(BrokerZnodes.PathOf(name), stopping))
            );
            znodes.AddRange(
                some.Zip(read).Where(each => each.Second is not null).Select(each => (each.First, each.Second!.Value))
            );
        }

        return znodes;
    }

    private void Tell(Action<RosterChange> changed)
    {
        var before = _entries;
        _entries = Roster.Merge(configured, _announcements.Known, options, unknown);
        foreach (var change in Roster.Changes(before, _entries))
        {
            Log(change);
            changed(change);
        }
    }

    private void Log(RosterChange change)
    {
        var broker = change.Entry.Broker;
        switch (change.Kind)
        {
            case RosterChangeKind.Removed when change.Entry.State == RosterState.Unknown:
                break;
            case RosterChangeKind.Removed:
                logger.LogInformation("{Broker} at {Address} is announced no more", broker.Name, broker.Address);
                break;
            case var _ when change.Entry.State is RosterState.Refused or RosterState.Unknown:
                logger.LogWarning("{Broker} {Remark}: it is not connected to", broker.Name, change.Entry.Remark);
                break;
            case var _ when change.Entry.Remark is { } remark:
                logger.LogInformation("{Broker}: {Remark}", broker.Name, remark);
                break;
            default:
                logger.LogInformation("{Broker} is in service at {Address}", broker.Name, broker.Address);
                break;
        }
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        using var timer = time.CreateTimer(_ => Look(), null, LookAgain, Timeout.InfiniteTimeSpan);
        await _look.Reader.ReadAsync(stopping);
        await Task.Delay(Settle, time, stopping);
        _look.Reader.TryRead(out _);
    }

    // On the client's thread: after a reconnect nobody was told what happened meanwhile.
    private void OnState(KeeperState state)
    {
        if (state == KeeperState.Connected)
        {
            Look();
        }
    }

    private void Look() => _look.Writer.TryWrite(true);

    private void Complain(string problem)
    {
        if (problem != _complaint)
        {
            _complaint = problem;
            logger.LogError("{Path}: {Problem}", BrokerZnodes.Root, problem);
        }
    }
}
