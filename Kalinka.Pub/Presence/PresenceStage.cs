using System.Collections.Concurrent;
using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Pub.Presence.Sources;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>Everything by which pub knows and writes which client is on which broker.</summary>
internal sealed class PresenceStage
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, BrokerReader> _readers = new(StringComparer.Ordinal);
    private readonly OwnChanges _own = new();
    private readonly ILocationDirectory _directory;
    private readonly PresenceOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly CreationLimits _limits;
    private readonly PresenceWriter _writer;
    private readonly RestartReview _restarts;
    private readonly SilentSources _silent;
    private readonly ConnectionReview _reviews;

    /// <param name="directory">Where it is written.</param>
    /// <param name="options">The section <c>Presence</c>.</param>
    /// <param name="entries">How many entries there are in the directory.</param>
    /// <param name="time">For everything that waits.</param>
    /// <param name="loggers">For its parts.</param>
    public PresenceStage(
        ILocationDirectory directory,
        PresenceOptions options,
        Func<CancellationToken, Task<long>> entries,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        (_directory, _options, _time, _loggers) = (directory, options, time, loggers);
        Pending = new PendingSightings(Counters);
        _limits = new CreationLimits(options.NewClientsPerSecond, options.MaximumClients, entries, time);
        _writer = new PresenceWriter(
            directory,
            Pending,
            _limits,
            _own,
            Counters,
            keepOffline: options.KeepOffline > TimeSpan.Zero,
            time,
            loggers.CreateLogger<PresenceWriter>()
        )
        {
            Released = Claim,
        };
        _restarts = new RestartReview(directory, Counters, time, loggers.CreateLogger<RestartReview>());
        _silent = new SilentSources(time, loggers.CreateLogger<SilentSources>());
        _reviews = new ConnectionReview(Pending, time);
        directory.Watch(OnChanged);
    }

    /// <summary>What Kalinka's own Client Identifiers begin with: brokers tell of them, too, and nobody sends to them.</summary>
    public string OwnClientId { get; init; } = "kalinka-pub";

    public PresenceCounters Counters { get; } = new();

    public PendingSightings Pending { get; }

    /// <summary>Clients that are connected by what brokers have told this instance.</summary>
    public long Connected => _readers.Values.Sum(reader => (long)reader.Connected.Count);

    /// <summary>Brokers that are asked and tell nothing.</summary>
    public int Silent => _silent.Count;

    /// <summary>What is subscribed at every broker for the sources' sake.</summary>
    public IEnumerable<string> Filters => Topics.SelectMany(source => Make(source).Filters).Distinct();

    private IEnumerable<PresenceSource> Topics =>
        _options.Sources.Where(source => source.Preset != PresencePresets.Traffic);

    /// <summary>The reader of a broker, the same for the same name; null when no source has topics.</summary>
    public BrokerReader? ReaderOf(string broker) =>
        !Topics.Any()
            ? null
            : _readers.GetOrAdd(
                broker,
                name => new BrokerReader(
                    name,
                    [.. Topics.Select(Make)],
                    new OwnClients(OwnClientId, name),
                    Pending,
                    Counters,
                    (int)Math.Min(int.MaxValue, _options.MaximumClients),
                    _time,
                    _loggers.CreateLogger<BrokerReader>()
                )
            );

    /// <summary>The broker has no seats here any more: nothing it has told is remembered.</summary>
    public void Forget(string broker) => _readers.TryRemove(broker, out _);

    /// <summary>What was written may be gone: whoever is connected is written again.</summary>
    public void WriteAgain()
    {
        foreach (var reader in _readers.Values)
        {
            reader.AskForReview();
        }
    }

    /// <summary>For the messages of one broker; beside its reader, when it has one by then.</summary>
    public TrafficPresence TrafficOf(string broker) =>
        new(
            broker,
            _readers.GetValueOrDefault(broker),
            _options.Sources.Any(source => source.Preset == PresencePresets.Traffic),
            _directory,
            Pending,
            _limits,
            Counters
        );

    /// <summary>Runs until cancelled; what fails for good ends it.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] parts = [_writer.RunAsync(ending.Token), _limits.RunAsync(ending.Token), LookAsync(ending.Token)];
        try
        {
            await await Task.WhenAny(parts);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Writes what is still to be written: brokers tell it once, and have been told that it came. Call it when
    /// <see cref="RunAsync"/> has returned and nothing comes any more.
    /// </summary>
    /// <param name="patience">How long it may take; what is left then is lost, and said in the log.</param>
    public async Task DrainAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience, _time);
        await _writer.DrainAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Pending.Count > 0)
        {
            _loggers
                .CreateLogger<PresenceStage>()
                .LogWarning(
                    "{Count} clients were seen and could not be written in {Patience}",
                    Pending.Count,
                    patience
                );
        }
    }

    private static IPresenceSource Make(PresenceSource source) =>
        source.Preset is { } preset
            ? PresencePresets.Make(preset)
            : new StatusTopic(source.Pattern!, source.Online!, source.Offline!);

    private async Task LookAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookEvery, _time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            _silent.Look(_readers.Values);
            foreach (var reader in _readers.Values)
            {
                await ReviewAsync(reader, stopping);
            }
        }
    }

    private async Task ReviewAsync(BrokerReader reader, CancellationToken stopping)
    {
        try
        {
            await _reviews.ReviewAsync(reader, stopping);
            await _restarts.ReviewAsync(reader, stopping);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _loggers
                .CreateLogger<PresenceStage>()
                .LogWarning(
                    "{Broker}: the directory was not looked through: {Reason}",
                    reader.Broker,
                    exception.Message
                );
        }
    }

    // On the directory's thread.
    private void OnChanged(string clientId)
    {
        if (_readers.IsEmpty)
        {
            return;
        }

        var utf8 = Encoding.UTF8.GetBytes(clientId);
        if (!_own.IsEcho(utf8))
        {
            Claim(utf8);
        }
    }

    private void Claim(byte[] clientId)
    {
        foreach (var (_, reader) in _readers)
        {
            reader.ClaimIfConnected(clientId);
        }
    }
}
