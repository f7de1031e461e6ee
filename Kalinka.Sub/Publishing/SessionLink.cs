using Kalinka.Common.Mqtt;
using Kalinka.Common.Resilience;
using Kalinka.Sub.Deliveries;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub.Publishing;

/// <summary>
/// Keeps one broker connected for as long as the daemon runs: Clean Start, no Session Expiry, one connection after the
/// other. What happens to a connection is told to the session through the inbox, in its order.
/// </summary>
internal sealed class SessionLink : IMqttConnectionHandler
{
    /// <summary>The token of the probe, which is no delivery.</summary>
    public const long ProbeToken = -1;

    private const string NotOurs =
        "Kafka does not confirm that its partition is still ours: another instance may be connected";

    private static readonly TimeSpan DisconnectWithin = TimeSpan.FromSeconds(5);

    private readonly BrokerSession _session;
    private readonly MqttConnectOptions _options;
    private readonly IMqttConnector _connector;
    private readonly DeliveryPool _pool;
    private readonly Inbox _inbox;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<CancellationToken, Task<bool>>? _mayConnect;
    private readonly Action<object> _onOutcome;
    private readonly Action _onRoom;

    // Between two connections.
    private string? _complaint;

    /// <param name="mayConnect">Asked before every attempt; null: nobody else connects by this Client Identifier.</param>
    public SessionLink(
        BrokerSession session,
        MqttConnectOptions options,
        IMqttConnector connector,
        DeliveryPool pool,
        Inbox inbox,
        TimeProvider time,
        ILogger<SessionLink> logger,
        Func<CancellationToken, Task<bool>>? mayConnect = null
    )
    {
        (_session, _options, _connector, _pool, _inbox) = (session, options, connector, pool, inbox);
        (_time, _logger, _mayConnect) = (time, logger, mayConnect);
        _onOutcome = delivery => session.OnOutcome((Delivery)delivery);
        _onRoom = session.OnRoom;
    }

    public bool MayGather => _inbox.MayGather;

    /// <summary>Connects, again and again, until <paramref name="stopping"/>; then sends DISCONNECT.</summary>
    public Task RunAsync(CancellationToken stopping) =>
        new Reconnect(_time, ReconnectDelays.Default, _ => true, OnWaiting).RunAsync(LiveAsync, stopping);

    // Nothing is subscribed to, and no session outlives its connection.
    public void OnPublish(in IncomingPublish publish) { }

    public void OnRoom() => _inbox.Post(_onRoom);

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason)
    {
        if (token == ProbeToken)
        {
            OnProbed(outcome);
            return;
        }

        var delivery = _pool[token];
        delivery.Complete(outcome, reason);
        _inbox.Post(_onOutcome, delivery);
    }

    // Apart from the path of the messages: a closure is made where the method begins.
    private void OnProbed(PublishOutcome outcome) => _inbox.Post(() => _session.OnProbed(outcome));

    private async Task<TimeSpan> LiveAsync(CancellationToken stopping)
    {
        if (_mayConnect is { } ask && !await ask(stopping))
        {
            throw new InvalidOperationException(NotOurs);
        }

        await using var connection = await _connector.ConnectAsync(_options, this, stopping);
        var since = _time.GetTimestamp();
        _complaint = null;
        _inbox.Post(() => _session.OnConnected(connection));
        await using var ending = stopping.UnsafeRegister(_ => Disconnect(connection), null);
        var close = await connection.Closed;
        _inbox.Post(() => _session.OnClosed(close));
        stopping.ThrowIfCancellationRequested();
        return _time.GetElapsedTime(since);
    }

    private void OnWaiting(ReconnectWait wait)
    {
        // The same reason again and again is told once: a broker that is away for days shall not fill the log.
        if (wait.Failure is { } failure && failure.Message != _complaint)
        {
            _complaint = failure.Message;
            _session.Complain(_complaint);
            _logger.LogWarning("{Broker}: {Error}; goes on trying", _options.Broker.Name, _complaint);
        }
    }

    private static void Disconnect(IMqttConnection connection) =>
        _ = connection.DisconnectAsync(MqttReasonCode.Success, DisconnectWithin);
}
