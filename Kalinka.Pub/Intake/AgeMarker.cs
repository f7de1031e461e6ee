using System.Text;
using Kalinka.Common.Mqtt;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Intake;

/// <summary>
/// How old is what the broker queues for a seat: the seat publishes a small marker to itself every second, at most one
/// at a time; the time until it comes back through the session's queue is the age. While one is on its way, the time it has
/// taken so far counts. Any thread.
/// </summary>
/// <remarks>
/// A marker of our own is measured by the monotonic clock. One of another process, a former holder of the seat, is measured by
/// the clocks of two hosts: good enough to show, never the proof that what arrives is fresh.
/// </remarks>
internal sealed class AgeMarker : ISeatObserver
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // A seat to which nothing comes for so long, with nothing in flight, has no queue that a marker could wait in.
    private const int IdlePeriodsUntilLost = 30;

    // How often the connection may end on a marker before none is sent any more.
    private const int Patience = 2;

    private readonly string _mqttTopic;
    private readonly byte[] _topicBytes;
    private readonly Func<SeatTraffic> _traffic;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly MarkerPayload _payload;
    private readonly Lock _lock = new();

    // Below: under the lock.
    private IMqttConnection? _connection;
    private string? _refusal;
    private long _sentMs;
    private bool _outstanding;
    private bool _delivered;
    private long? _lastMs;
    private bool _own;
    private SeatTraffic _trafficAtLastTick;
    private int _idlePeriods;
    private int _endings;

    /// <param name="clientId">Of the seat; no wildcard in it.</param>
    /// <param name="traffic">What has come to the seat so far.</param>
    public AgeMarker(string clientId, Func<SeatTraffic> traffic, TimeProvider time, ILogger logger)
    {
        (_mqttTopic, _traffic, _time, _logger) = ($"{MarkerTopic.Prefix}{clientId}", traffic, time, logger);
        _topicBytes = Encoding.UTF8.GetBytes(_mqttTopic);
        _payload = new MarkerPayload(time);
        Filters = [new ObservedFilter(_mqttTopic, Qos: 1, RetainHandling: 2)];
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IReadOnlyList<ObservedFilter> Filters { get; }

    /// <summary>In milliseconds; null while it is not known: not connected, no marker yet, or none allowed.</summary>
    public long? AgeMs
    {
        get
        {
            lock (_lock)
            {
                return _connection is null || _refusal is not null ? null : CurrentMs();
            }
        }
    }

    /// <summary>What arrives now is less than about a second old.</summary>
    public bool IsFresh
    {
        get
        {
            lock (_lock)
            {
                return _own && _connection is not null && _refusal is null && CurrentMs() < Period.TotalMilliseconds;
            }
        }
    }

    /// <summary>Why there is no age; null when nothing speaks against one.</summary>
    public string? Refusal
    {
        get
        {
            lock (_lock)
            {
                return _refusal;
            }
        }
    }

    public void OnSubscribed(ObservedFilter filter, MqttReasonCode? reason)
    {
        lock (_lock)
        {
            if (reason is null)
            {
                Refuse($"the broker closes the connection when {_mqttTopic} is subscribed");
            }
            else if (reason >= MqttReasonCode.UnspecifiedError)
            {
                Refuse($"the broker refused to subscribe {_mqttTopic}: {reason}");
            }
            else if (_endings < Patience)
            {
                _refusal = null;
            }
        }
    }

    public void OnConnected(IMqttConnection connection)
    {
        lock (_lock)
        {
            _connection = connection;
            _outstanding &= _delivered && connection.Grant.SessionPresent;
            (_lastMs, _own, _idlePeriods) = (null, false, 0);
            SendIfDue();
            _timer.Change(Period, Period);
        }
    }

    public void OnMessage(in IncomingPublish publish)
    {
        if (!_payload.TryRead(publish.Payload, out var sent))
        {
            return;
        }

        lock (_lock)
        {
            (_lastMs, _own) = (sent.AgeMs, sent.Own);
            if (sent.Own && sent.SentMs >= _sentMs)
            {
                _outstanding = false;
                _refusal = null;
            }
        }
    }

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason)
    {
        lock (_lock)
        {
            if (token != _sentMs || _connection is null)
            {
                return;
            }

            _delivered = outcome == PublishOutcome.Delivered;
            _endings = _delivered ? 0 : _endings;
            _outstanding &= _delivered;
            if (outcome == PublishOutcome.Rejected)
            {
                Refuse($"the broker refused what was published to {_mqttTopic}: {reason}");
            }
        }
    }

    public void OnClosed()
    {
        lock (_lock)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (_connection is null)
            {
                return;
            }

            _connection = null;
            if (_outstanding && !_delivered && ++_endings == Patience)
            {
                Refuse($"the broker closes the connection when something is published to {_mqttTopic}");
            }
        }
    }

    private void Tick()
    {
        lock (_lock)
        {
            if (_connection is null)
            {
                return;
            }

            NoteIdleness();
            SendIfDue();
        }
    }

    private void NoteIdleness()
    {
        var traffic = _traffic();
        var idle = _outstanding && _delivered && traffic.InFlight == 0 && traffic == _trafficAtLastTick;
        _trafficAtLastTick = traffic;
        _idlePeriods = idle ? _idlePeriods + 1 : 0;
        if (_idlePeriods == IdlePeriodsUntilLost)
        {
            Refuse($"what was published to {_mqttTopic} does not come back, though nothing else does: not allowed?");
        }
    }

    private void SendIfDue()
    {
        if (_outstanding || _refusal is not null)
        {
            return;
        }

        var now = _payload.NowMs;
        Span<byte> bytes = stackalloc byte[MarkerPayload.MaximumLength];
        var marker = new OutgoingPublish
        {
            Topic = _topicBytes,
            Payload = bytes[.._payload.Write(bytes, now)],
            Qos = 1,
            Retain = false,
        };

        // The outcome may come before the call returns, on another thread: it waits for the lock.
        if (_connection!.TryPublish(marker, now) == PublishSubmission.Accepted)
        {
            (_sentMs, _outstanding, _delivered, _idlePeriods) = (now, true, false, 0);
        }
    }

    private long? CurrentMs()
    {
        var waiting = _outstanding ? _payload.NowMs - _sentMs : (long?)null;
        return _lastMs is { } last ? Math.Max(last, waiting ?? 0) : waiting;
    }

    // The same reason again and again is told once.
    private void Refuse(string reason)
    {
        if (_refusal != reason)
        {
            _logger.LogWarning("The queue's age is not known: {Reason}", reason);
        }

        (_refusal, _outstanding, _lastMs, _own) = (reason, false, null, false);
    }
}

/// <param name="Received">Messages so far.</param>
/// <param name="InFlight">Taken and not yet acknowledged.</param>
internal readonly record struct SeatTraffic(long Received, int InFlight);
