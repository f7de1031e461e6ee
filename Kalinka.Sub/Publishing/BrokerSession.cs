using System.Text;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Publishing;

/// <summary>
/// One broker: the connection to it, while there is one, and the lanes that wait for it. The window is the broker's
/// Receive Maximum, which the connection counts. The dispatcher's, except where said.
/// </summary>
/// <param name="advance">Takes a lane whose turn has come.</param>
/// <param name="ended">Takes a publish that came back.</param>
internal sealed class BrokerSession(
    string name,
    BrokerService service,
    MessageEncoder encoder,
    TurnClock clock,
    Action<ClientLane> advance,
    Action<BrokerSession, Delivery> ended
)
{
    private static readonly TimeSpan DisconnectWithin = TimeSpan.FromSeconds(1);

    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);
    private readonly PoisonGuard _poison = new();
    private readonly BlindProbe _probe = new();

    // What a lost connection left unacknowledged goes before the rest: a message that ends connections is found by that.
    private readonly LaneQueue _again = new();
    private readonly LaneQueue _ready = new();

    private IMqttConnection? _connection;
    private long _oldest;
    private long _oldestSinceMs;
    private bool _stalled;
    private bool _full;
    private bool _serving;
    private int _inFlight;

    // Written by the dispatcher, read by any thread.
    private long _published;
    private volatile string? _lastError;
    private volatile bool _connected;

    public string Name => name;

    /// <summary>Since when there is no connection; monotonic milliseconds.</summary>
    public long UnreachableMs { get; private set; } = clock.NowMs;

    /// <summary>Nothing is sent there until it is released.</summary>
    public bool Held { get; set; }

    /// <summary>When what waits is looked at again while there is no connection; monotonic milliseconds.</summary>
    public long GiveUpMs { get; set; }

    /// <summary>Lanes that wait for a connection or for room in it.</summary>
    public int Waiting => _again.Count + _ready.Count;

    /// <summary>Any thread.</summary>
    public bool IsConnected => _connected;

    /// <summary>Publishes without an outcome. Any thread.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Any thread.</summary>
    public long Published => Volatile.Read(ref _published);

    /// <inheritdoc cref="BlindProbe.IsBlind"/>
    public bool? IsBlind => _probe.IsBlind;

    /// <summary>Any thread.</summary>
    public string? LastError => _lastError;

    public BrokerService Service => service;

    /// <summary>Nothing is in flight, and whoever may still send has sent.</summary>
    public bool IsDrained => _inFlight == 0 && (_connection is null || service.IsOver || Held || Waiting == 0);

    private bool HasRoom =>
        _connection is not null && !service.IsOver && !Held && !_full && !(_poison.OneAtATime && _inFlight > 0);

    /// <summary>Why there is no connection. Any thread.</summary>
    public void Complain(string error) => _lastError = error;

    /// <summary>Whether a lane may send now: there is room, and nobody has waited longer.</summary>
    public bool IsOpen() => HasRoom && (_serving || Waiting == 0);

    /// <summary>The lane waits until its turn comes.</summary>
    public void Enqueue(ClientLane lane)
    {
        var queue = lane.Lost ? _again : _ready;
        if (_serving)
        {
            queue.AddFirst(lane);
        }
        else
        {
            queue.AddLast(lane);
        }
    }

    /// <summary>There has been no connection for so long.</summary>
    public bool IsAwayFor(long waitMs, long nowMs) => _connection is null && nowMs >= UnreachableMs + waitMs;

    /// <summary>Counts the records that wait here.</summary>
    public int CountRecords() => _again.CountRecords() + _ready.CountRecords();

    public bool Holds(ClientLane lane) => lane.Queue == _again || lane.Queue == _ready;

    /// <summary>Takes out the lane that has waited longest.</summary>
    public bool TryDequeue(out ClientLane lane)
    {
        lane = (_again.First ?? _ready.First)!;
        lane?.Queue!.Remove(lane);
        return lane is not null;
    }

    /// <param name="reason">Why the message is refused.</param>
    public SendResult Send(Delivery delivery, out string reason)
    {
        reason = Refusal(delivery) ?? "";
        if (reason.Length > 0)
        {
            return SendResult.Refused;
        }

        switch (_connection!.TryPublish(encoder.Encode(delivery, service.Version), delivery.Slot))
        {
            case PublishSubmission.Accepted:
                Volatile.Write(ref _inFlight, _inFlight + delivery.Qos);
                Volatile.Write(ref _published, _published + 1);
                return delivery.Qos == 0 ? SendResult.Done : SendResult.InFlight;
            case PublishSubmission.TooLarge:
                reason = $"larger than the {_connection.Grant.MaximumPacketSize} bytes that broker {name} takes";
                return SendResult.Refused;
            default:
                _full = true;
                return SendResult.Later;
        }
    }

    /// <summary>A broker has come: from now on it may be waited for.</summary>
    public void Begin(MqttVersion version)
    {
        service.Begin(version);
        UnreachableMs = _connected ? UnreachableMs : clock.NowMs;
        OnRoom();
    }

    public void OnConnected(IMqttConnection connection)
    {
        _connection = connection;
        _connected = true;
        _lastError = null;
        _full = false;
        if (!_poison.OneAtATime)
        {
            _probe.Send(connection, service.Version, SessionLink.ProbeToken);
        }

        Serve();
    }

    public void OnClosed(MqttClose close)
    {
        _connection = null;
        _connected = false;
        _lastError = !_stalled && IsOurGoodbye(close) ? null : close.Description;
        UnreachableMs = _stalled ? _oldestSinceMs : clock.NowMs;
        _poison.OnEnded(byOthers: !_stalled && IsByOthers(close));
        _stalled = false;
    }

    /// <summary>
    /// Ends a connection whose oldest publish has waited too long for its PUBACK. A broker that still answers PINGREQ is
    /// no better for it: it has been unreachable since then.
    /// </summary>
    public void EndIfStalled(long limitMs)
    {
        var oldest = _connection?.OldestInFlight ?? 0;
        if (oldest == 0 || oldest != _oldest)
        {
            (_oldest, _oldestSinceMs) = (oldest, clock.NowMs);
        }
        else if (!_stalled && clock.NowMs >= _oldestSinceMs + limitMs)
        {
            _stalled = true;
            _ = _connection!.DisconnectAsync(MqttReasonCode.UnspecifiedError, DisconnectWithin);
        }
    }

    public void OnProbed(PublishOutcome outcome)
    {
        _probe.OnOutcome(outcome);
        OnRoom();
    }

    public void OnOutcome(Delivery delivery)
    {
        Volatile.Write(ref _inFlight, _inFlight - 1);
        if (delivery is { Outcome: PublishOutcome.Unavailable, Reason: not MqttReasonCode.QuotaExceeded })
        {
            _poison.OnLost(delivery);
        }
        else
        {
            _poison.OnAnswered();
        }

        ended(this, delivery);
        OnRoom();
    }

    /// <summary>Something has left the connection.</summary>
    public void OnRoom()
    {
        _full = false;
        Serve();
    }

    private void Serve()
    {
        while (HasRoom && TryDequeue(out var lane))
        {
            _serving = true;
            advance(lane);
            _serving = false;
        }
    }

    // A broker that answers what no broker may answer has done so to one of our messages.
    private static bool IsByOthers(MqttClose close) =>
        close.ByBroker || close.Reason is null or MqttReasonCode.ProtocolError or MqttReasonCode.MalformedPacket;

    // A partition was given up, or the broker retired: that is no error.
    private static bool IsOurGoodbye(MqttClose close) => close is { ByBroker: false, Reason: MqttReasonCode.Success };

    private string? Refusal(Delivery delivery)
    {
        if (_poison.IsPoison(delivery))
        {
            return PoisonGuard.Reason;
        }

        var grant = _connection!.Grant;
        if (delivery.Retain && !grant.RetainAvailable)
        {
            // [MQTT-3.2.2-14]: it would end the connection.
            return $"broker {name} does not keep retained messages";
        }

        return delivery.Qos > grant.MaximumQos
            ? $"broker {name} takes QoS {grant.MaximumQos} at most"
            : encoder.Render(delivery, _name);
    }
}

/// <summary>What became of an attempt to send.</summary>
internal enum SendResult
{
    /// <summary>Handed to the connection at QoS 0: nothing more will be heard of it.</summary>
    Done,

    /// <summary>Its outcome comes.</summary>
    InFlight,

    /// <summary>There is no room, or the connection has ended.</summary>
    Later,

    /// <summary>It cannot be sent, here and now or ever.</summary>
    Refused,
}
