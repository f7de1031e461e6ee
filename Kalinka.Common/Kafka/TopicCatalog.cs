using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Kafka;

/// <summary>
/// The cluster's topics, asked for on a thread of its own: every 10 s, every second while the cluster does not answer,
/// and soon after a name was not found. To be disposed of before the producer.
/// </summary>
public sealed class TopicCatalog : ITopicCatalog, IDisposable
{
    private const int AnswerWithinMs = 2000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VisibleWithin = TimeSpan.FromSeconds(10);

    private readonly RecordProducer _producer;
    private readonly KafkaOptions _options;
    private readonly string _clientId;
    private readonly ILogger _logger;
    private readonly Thread _thread;

    // Any thread.
    private readonly TopicTable _topics;
    private readonly AutoResetEvent _wanted = new(false);
    private readonly ManualResetEvent _stopped = new(false);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _refreshed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _reachable;
    private int _asked;

    public TopicCatalog(RecordProducer producer, KafkaOptions options, string clientId, ILogger logger)
    {
        (_producer, _options, _clientId, _logger) = (producer, options, clientId, logger);
        _topics = new TopicTable(producer.Client);
        _producer.BrokersLost += Refresh;
        _thread = new Thread(Run) { Name = "kafka-topics", IsBackground = true };
        _thread.Start();
    }

    public bool Reachable => _reachable;

    public string? LastError => _producer.LastError;

    public Task Loaded => _loaded.Task;

    public Task Refreshed => _refreshed.Task;

    public TopicLookup Find(ReadOnlySpan<byte> name, out KafkaTopic? kafkaTopic)
    {
        if (_topics.TryFind(name, out kafkaTopic))
        {
            return TopicLookup.Known;
        }

        Refresh();
        return _loaded.Task.IsCompleted ? TopicLookup.Unknown : TopicLookup.NotLoaded;
    }

    public void Refresh()
    {
        if (Interlocked.Exchange(ref _asked, 1) == 0)
        {
            _wanted.Set();
        }
    }

    public bool HasAny(Predicate<string> isSuch) => _topics.HasAny(isSuch);

    public async Task<IReadOnlyList<string>> CreateMissingAsync(
        IEnumerable<string> names,
        CancellationToken cancellationToken
    )
    {
        await Loaded.WaitAsync(cancellationToken);
        var missing = names.Where(name => !_topics.Contains(name)).Distinct().ToArray();
        if (missing.Length == 0)
        {
            return [];
        }

        var properties = ProducerProperties.Of(_options, _clientId);
        var errors = await TopicCreator.CreateAsync(properties, missing).WaitAsync(cancellationToken);
        return errors.Count > 0
            ? errors
            : await UntilVisibleAsync(missing, name => _topics.Contains(name), cancellationToken);
    }

    public async Task<string?> ProvideAsync(
        string name,
        int partitions,
        IReadOnlyDictionary<string, string> settings,
        CancellationToken cancellationToken
    )
    {
        await Loaded.WaitAsync(cancellationToken);
        var properties = ProducerProperties.Of(_options, _clientId);
        var there = _topics.PartitionsOf(name);
        if (there >= partitions)
        {
            return null;
        }

        var error = await (
            there == 0
                ? TopicCreator.CreateAsync(properties, name, partitions, settings)
                : TopicCreator.GrowAsync(properties, name, partitions)
        ).WaitAsync(cancellationToken);
        if (error is not null)
        {
            return error;
        }

        var missing = await UntilVisibleAsync([name], _ => _topics.PartitionsOf(name) >= partitions, cancellationToken);
        return missing is [var invisible, ..] ? invisible : null;
    }

    public void Dispose()
    {
        _producer.BrokersLost -= Refresh;
        _stopped.Set();
        _thread.Join();
        _refreshed.TrySetResult();
        _wanted.Dispose();
        _stopped.Dispose();
    }

    /// <summary>The broker that answers may learn of a new topic later than the one that made it.</summary>
    private async Task<IReadOnlyList<string>> UntilVisibleAsync(
        string[] names,
        Func<string, bool> isVisible,
        CancellationToken cancellationToken
    )
    {
        using var deadline = new CancellationTokenSource(VisibleWithin);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            while (!names.All(isVisible))
            {
                var refreshed = _refreshed.Task;
                Refresh();
                await refreshed.WaitAsync(either.Token);
            }

            return [];
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return [.. names.Where(name => !isVisible(name)).Select(name => $"{name}: made, but not visible")];
        }
    }

    private void Run()
    {
        do
        {
            Volatile.Write(ref _asked, 0);
            Take(Read());
        } while (WaitForNext());
    }

    private bool WaitForNext()
    {
        if (_stopped.WaitOne(Shortest))
        {
            return false;
        }

        var more = _reachable ? Interval - Shortest : TimeSpan.Zero;
        return WaitHandle.WaitAny([_stopped, _wanted], more) != 0;
    }

    private unsafe ErrorCode Read()
    {
        var code = LibRdKafka.Metadata(_producer.Client.Pointer, 1, 0, out var metadata, AnswerWithinMs);
        if (code == ErrorCode.NoError)
        {
            _topics.Update(metadata);
            LibRdKafka.MetadataDestroy(metadata);
        }

        return code;
    }

    private void Take(ErrorCode code)
    {
        var answered = code == ErrorCode.NoError;
        if (answered != _reachable || !_loaded.Task.IsCompleted)
        {
            Note(answered, code);
        }

        _reachable = answered;
        if (answered)
        {
            _loaded.TrySetResult();
            Interlocked.Exchange(ref _refreshed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    private void Note(bool answered, ErrorCode code)
    {
        if (answered)
        {
            _producer.Errors.Clear();
            _logger.LogInformation("Kafka answers at {BootstrapServers}", _options.BootstrapServers);
        }
        else
        {
            var reason = $"{_options.BootstrapServers}: {new Error(code).Reason}";
            _producer.Errors.Report(code, reason);
        }
    }
}
