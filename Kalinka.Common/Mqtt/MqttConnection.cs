using Kalinka.Common.Delivery;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Mqtt;

/// <summary>
/// A connection from CONNACK to its end: the receive thread, which also ends it, the writer thread, and what both share.
/// A handler that blocks in a call holds <see cref="Closed"/> back until it returns.
/// </summary>
internal sealed class MqttConnection : IMqttConnection
{
    // How long a broker that broke the protocol may take to hear why.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    // Kept free of publishes, so that a full window never delays a SUBSCRIBE.
    private const int IdentifiersForRequests = 255;

    private readonly MqttConnectOptions _options;
    private readonly IMqttConnectionHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly BrokerLink _link;
    private readonly Outbox _outbox;
    private readonly OutgoingPublishes _publishes;
    private readonly PendingRequests _requests;
    private readonly Writer _writer;
    private readonly ReceiveLoop _loop;
    private readonly LinkActivity _activity;
    private readonly TaskCompletionSource<MqttClose> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Whoever sets it first has ended the connection.
    private MqttClose? _close;
    private ITimer? _abortTimer;

    public MqttConnection(
        BrokerLink link,
        ReceiveBuffer buffer,
        MqttGrant grant,
        MqttConnectOptions options,
        MqttLimits limits,
        IMqttConnectionHandler handler,
        TimeProvider time,
        ILogger logger
    )
    {
        (_link, Grant, _options, _handler, _time, _logger) = (link, grant, options, handler, time, logger);
        var version = options.Broker.Version;
        var window = Math.Min((int)grant.ReceiveMaximum, limits.OutgoingWindow);
        window = Math.Min(window, ushort.MaxValue - IdentifiersForRequests);
        var identifiers = new PacketIdentifiers(Math.Min(2 * window + IdentifiersForRequests, ushort.MaxValue));
        _activity = new LinkActivity(time);
        _outbox = new Outbox(limits.OutgoingBytes);
        _publishes = new OutgoingPublishes(_outbox, identifiers, window, grant.MaximumPacketSize, version);
        _requests = new PendingRequests(_outbox, identifiers, grant);
        _writer = new Writer(_outbox, link, _activity, handler);
        _loop = new ReceiveLoop(link, buffer, _activity, new Spacing(time), version, _publishes, _requests, handler);
    }

    public MqttGrant Grant { get; }

    public int InFlight => _publishes.InFlight;

    public long OldestInFlight => _publishes.Oldest;

    public Task<MqttClose> Closed => _closed.Task;

    public Task<MqttReasonCode> SubscribeAsync(MqttSubscription subscription, CancellationToken cancellationToken) =>
        _requests.SendAsync(
            packetIdentifier => ControlPackets.Subscribe(_options.Broker.Version, packetIdentifier, subscription),
            cancellationToken
        );

    public Task<MqttReasonCode> UnsubscribeAsync(string filter, CancellationToken cancellationToken) =>
        _requests.SendAsync(
            packetIdentifier => ControlPackets.Unsubscribe(_options.Broker.Version, packetIdentifier, filter),
            cancellationToken
        );

    public void Acknowledge(ReadOnlySpan<ushort> packetIdentifiers) => _outbox.AddPubAcks(packetIdentifiers);

    public PublishSubmission TryPublish(in OutgoingPublish publish, long token) =>
        _publishes.TryPublish(publish, token);

    public async Task DisconnectAsync(MqttReasonCode reason, TimeSpan timeout)
    {
        var packet = ControlPackets.Disconnect(_options.Broker.Version, reason);
        EndPolitely(new MqttClose(reason, ByBroker: false, $"we disconnected: {reason}"), packet, timeout);
        try
        {
            await Closed.WaitAsync(timeout, _time);
        }
        catch (TimeoutException)
        {
            _link.Abort();
        }
    }

    /// <summary>Ends the connection at once, and waits for the last call of the handler.</summary>
    public async ValueTask DisposeAsync()
    {
        EndNow(new MqttClose(null, ByBroker: false, "we closed the connection"));
        _link.Abort();
        await Closed;
    }

    /// <summary>The life of the connection, on the calling thread: returns when it has ended.</summary>
    public void Receive()
    {
        _writer.Start($"mqtt write {_options.Broker.Name}");
        using var keepAlive = Grant.KeepAlive > TimeSpan.Zero ? MonitorKeepAlive() : null;
        var close = ReceiveToTheEnd();
        Interlocked.CompareExchange(ref _close, close, null);
        Settle(_close);
    }

    private MqttClose ReceiveToTheEnd()
    {
        try
        {
            return _loop.Run() ?? StreamEnded();
        }
        catch (ConnectionFaultException fault)
        {
            var close = new MqttClose(fault.Reason, ByBroker: false, fault.Message);
            SayFarewell(close);
            return close;
        }
        catch (Exception broken)
        {
            return LinkBroke(_writer.Failure ?? broken);
        }
    }

    private MqttClose StreamEnded() =>
        _writer.Failure is { } failure
            ? LinkBroke(failure)
            : new MqttClose(null, ByBroker: true, "the broker closed the connection");

    private static MqttClose LinkBroke(Exception failure) =>
        new(null, ByBroker: false, $"the link broke: {failure.GetBaseException().Message}");

    private void SayFarewell(MqttClose close)
    {
        // In MQTT 3.1.1 a DISCONNECT would claim that all is well.
        var packet =
            _options.Broker.Version == MqttVersion.V5
                ? ControlPackets.Disconnect(MqttVersion.V5, close.Reason!.Value)
                : [];
        EndPolitely(close, packet, Farewell);
        try
        {
            _loop.Discard();
        }
        catch (Exception broken)
        {
            _logger.LogDebug(broken, "{Broker}: the link broke before the broker heard why", _options.Broker.Name);
        }
    }

    private void EndPolitely(MqttClose close, ReadOnlySpan<byte> lastPacket, TimeSpan timeout)
    {
        if (Interlocked.CompareExchange(ref _close, close, null) is null)
        {
            _loop.StopDelivering();
            _abortTimer = _time.CreateTimer(_ => _link.Abort(), null, timeout, Timeout.InfiniteTimeSpan);
            _outbox.Finish(lastPacket);
        }
    }

    private void EndNow(MqttClose close)
    {
        if (Interlocked.CompareExchange(ref _close, close, null) is null)
        {
            _loop.StopDelivering();
            _outbox.Close();
            _link.Abort();
        }
    }

    private void Settle(MqttClose close)
    {
        _outbox.Close();
        _link.Abort();
        _writer.Join();
        _abortTimer?.Dispose();
        _link.Dispose();
        while (_publishes.TryAbandonOldest(out var token))
        {
            ReportUnavailable(token);
        }

        _requests.Fail(close);
        _logger.LogInformation("{Broker}: connection ended: {Description}", _options.Broker.Name, close.Description);
        _closed.SetResult(close);
    }

    private void ReportUnavailable(long token)
    {
        try
        {
            _handler.OnPublishOutcome(token, PublishOutcome.Unavailable, MqttReasonCode.ServerUnavailable);
        }
        catch (Exception thrown)
        {
            _logger.LogError(thrown, "{Broker}: our handler failed at the end", _options.Broker.Name);
        }
    }

    private KeepAliveMonitor MonitorKeepAlive() =>
        new(
            Grant.KeepAlive,
            _time,
            _activity,
            ping: () => _outbox.Add(ControlPackets.PingReq),
            giveUp: verdict => EndNow(new MqttClose(null, ByBroker: false, verdict))
        );
}
