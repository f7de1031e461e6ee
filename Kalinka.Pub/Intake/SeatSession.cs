using Kalinka.Common.Mqtt;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Intake;

/// <summary>
/// One seat at its broker: an MQTT session with a fixed Client Identifier and a long Session Expiry, served over one
/// connection after the other. What the broker queues for the session waits there while nobody is connected.
/// </summary>
internal sealed class SeatSession(
    IMqttConnector connector,
    MqttConnectOptions options,
    SeatSubscriptions subscriptions,
    SeatObservers observers,
    IArrivals arrivals,
    TimeProvider time,
    ILogger logger
)
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan DisconnectTimeout = TimeSpan.FromSeconds(5);

    // Written by whoever serves, one connection after the other; read by any thread.
    private volatile bool _subscribed;
    private volatile string? _lastError;
    private long _sessionsLost;
    private volatile SeatConnection? _receiver;

    private readonly MalformedPublishes _malformed = new();

    // Of whoever serves.
    private bool _wasConnected;
    private string? _shortcoming;
    private volatile TaskCompletionSource _tidyDue = NewSignal();

    /// <summary>Every filter is subscribed and messages flow.</summary>
    public bool Subscribed => _subscribed;

    /// <summary>
    /// Awaited when every filter is subscribed, before the session counts as such, and again after
    /// <see cref="TidyAgain"/>; null for nothing.
    /// </summary>
    public Func<CancellationToken, Task>? Tidy { get; init; }

    /// <summary>There is nothing for this seat to do: the broker has no shared subscriptions, and it is not seat 0.</summary>
    public bool IsUnused => subscriptions.IsUnused;

    /// <summary>
    /// Why the seat is not connected, or what its broker does not grant while it is; null when all is well, and after a drain.
    /// </summary>
    public string? LastError => _lastError;

    /// <summary>How often a broker had forgotten the session, and what it had queued, since we were there before.</summary>
    public long SessionsLost => Interlocked.Read(ref _sessionsLost);

    /// <summary>How the last connection ended; null when the last attempt made none.</summary>
    public MqttClose? LastClose { get; private set; }

    /// <summary>
    /// Serves one connection from CONNECT to its end. Cancelling <paramref name="draining"/> ends it in order: what
    /// was produced is awaited and acknowledged, the rest stays with the broker.
    /// </summary>
    /// <returns>How long the connection held; zero when it never came to be.</returns>
    public async Task<TimeSpan> ServeAsync(CancellationToken draining)
    {
        LastClose = null;
        if (IsUnused)
        {
            _lastError = null;
            await Task.Delay(Timeout.InfiniteTimeSpan, time, draining);
        }

        var start = time.GetTimestamp();
        try
        {
            LastClose = await ConnectAndServeAsync(draining);
            Report(LastClose.Description, draining.IsCancellationRequested);
            return time.GetElapsedTime(start);
        }
        catch (MqttException exception)
        {
            Report(exception.Message, draining.IsCancellationRequested);
            return TimeSpan.Zero;
        }
    }

    /// <summary>
    /// Drops the connection, also one that is being made or whose messages are still kept back: see
    /// <see cref="SeatConnection.Drop"/>. Any thread; returns at once.
    /// </summary>
    public void Drop() => _receiver?.Drop();

    /// <summary>What was tidied may have been lost: again, if the connection is open. Any thread; returns at once.</summary>
    public void TidyAgain() => _tidyDue.TrySetResult();

    // Subscribed at once, because a broker may have forgotten the filters and then loses what is published meanwhile; read
    // only when every record of the last connection has been reported.
    private async Task<MqttClose> ConnectAndServeAsync(CancellationToken draining)
    {
        var receiver = _receiver = new SeatConnection(arrivals, observers, _malformed);
        var handingOver = Task.CompletedTask;
        var connection = await connector.ConnectAsync(options, receiver, draining);
        NoteSession(connection.Grant.SessionPresent);
        observers.Prepare(connection.Grant.SubscriptionIdentifiers);
        try
        {
            if (await SubscribeAsync(connection, draining) is { } refusal)
            {
                return await EndAsync(connection, refusal);
            }

            if (!await SettleLastAsync(connection, draining))
            {
                return await connection.Closed;
            }

            if (receiver.Incomplete)
            {
                return await EndAsync(connection, "more came again than there was room for while Kafka was away");
            }

            handingOver = receiver.FlowAsync();
            return await UntilClosedAsync(connection, draining);
        }
        catch (OperationCanceledException) when (draining.IsCancellationRequested)
        {
            await DrainAsync(connection, receiver);
            return await connection.Closed;
        }
        finally
        {
            _subscribed = false;
            receiver.End();
            observers.OnClosed();
            receiver.Close();
            await handingOver;
            await connection.DisposeAsync();
            receiver.Forget();
        }
    }

    private async Task<MqttClose> UntilClosedAsync(IMqttConnection connection, CancellationToken draining)
    {
        while (await Task.WhenAny(connection.Closed, _tidyDue.Task).WaitAsync(draining) != connection.Closed)
        {
            _tidyDue = NewSignal();
            try
            {
                await (Tidy?.Invoke(draining) ?? Task.CompletedTask);
            }
            catch (MqttException)
            {
                // The connection tells how it ended.
            }
        }

        return await connection.Closed;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // A report of the last connection must not meet the packet identifiers of this one. False: this one ended first.
    private async Task<bool> SettleLastAsync(IMqttConnection connection, CancellationToken draining)
    {
        var settled = arrivals.WhenSettledAsync();
        if (!settled.IsCompleted)
        {
            _lastError = "waits for Kafka to confirm what the last connection brought";
            await Task.WhenAny(settled, connection.Closed).WaitAsync(draining);
            _lastError = _shortcoming;
        }

        return settled.IsCompleted;
    }

    private void NoteSession(bool present)
    {
        if (_wasConnected && !present)
        {
            Interlocked.Increment(ref _sessionsLost);
            logger.LogWarning(
                "{Broker}: the session {ClientId} was lost, and with it what the broker had queued",
                options.Broker.Name,
                options.ClientId
            );
        }

        _wasConnected = true;
    }

    // Returns why not every filter is subscribed.
    private async Task<string?> SubscribeAsync(IMqttConnection connection, CancellationToken draining)
    {
        try
        {
            if (await subscriptions.SubscribeAsync(connection, draining) is { } refusal)
            {
                return refusal;
            }

            await (Tidy?.Invoke(draining) ?? Task.CompletedTask);
        }
        catch (MqttException exception)
        {
            return exception.Message;
        }

        _subscribed = true;
        observers.OnConnected(connection);
        logger.LogInformation("{Broker}: {ClientId} has subscribed", options.Broker.Name, options.ClientId);
        NoteShortcoming(Shortcoming.Of(connection.Grant, options.SessionExpiry) ?? subscriptions.Shortcoming);
        return null;
    }

    // Messages flow, and the promise is weaker: told once for as long as it stays the same.
    private void NoteShortcoming(string? shortcoming)
    {
        _lastError = shortcoming;
        if (shortcoming is not null && _shortcoming != shortcoming)
        {
            logger.LogWarning("{Broker}: {ClientId}: {Reason}", options.Broker.Name, options.ClientId, shortcoming);
        }

        _shortcoming = shortcoming;
    }

    // Where the broker ended it first, what it said stands.
    private static async Task<MqttClose> EndAsync(IMqttConnection connection, string reason)
    {
        await connection.DisconnectAsync(MqttReasonCode.Success, DisconnectTimeout);
        var close = await connection.Closed;
        return close.ByBroker ? close : close with { Description = reason };
    }

    // Never unsubscribes and never shortens the Session Expiry: the next holder finds the session as it was.
    private async Task DrainAsync(IMqttConnection connection, SeatConnection receiver)
    {
        if (receiver.End())
        {
            arrivals.Drain();
            await AwaitReportsAsync();
        }

        await connection.DisconnectAsync(MqttReasonCode.Success, DisconnectTimeout);
    }

    private async Task AwaitReportsAsync()
    {
        try
        {
            await arrivals.WhenSettledAsync().WaitAsync(DrainTimeout, time);
        }
        catch (TimeoutException)
        {
            logger.LogWarning("{Broker}: drained without every report; the rest comes again", options.Broker.Name);
        }
    }

    // The same reason again and again is told once.
    private void Report(string description, bool drained)
    {
        if (!drained && _lastError != description)
        {
            logger.LogWarning("{Broker}: {ClientId}: {Reason}", options.Broker.Name, options.ClientId, description);
        }

        _lastError = drained ? null : description;
    }
}
