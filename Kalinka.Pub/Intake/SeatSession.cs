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
    IReadOnlyList<MqttSubscription> subscriptions,
    IArrivals arrivals,
    TimeProvider time,
    ILogger logger
)
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan DisconnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Every filter is subscribed and messages flow.</summary>
    public bool Subscribed { get; private set; }

    /// <summary>Why the seat is not connected; null while it is.</summary>
    public string? LastError { get; private set; }

    /// <summary>How the last connection ended; null when there was none or it failed before it was subscribed.</summary>
    public MqttClose? LastClose { get; private set; }

    /// <summary>
    /// Serves one connection from CONNECT to its end. Cancelling <paramref name="draining"/> ends it in order: what
    /// was produced is awaited and acknowledged, the rest stays with the broker.
    /// </summary>
    /// <returns>How long the connection held; zero when it never came to be.</returns>
    public async Task<TimeSpan> ServeAsync(CancellationToken draining)
    {
        await SettleLastAsync(draining);
        var start = time.GetTimestamp();
        try
        {
            LastClose = null;
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

    // A report of the last connection must not meet the packet identifiers of the next.
    private async Task SettleLastAsync(CancellationToken draining)
    {
        var settled = arrivals.WhenSettledAsync();
        if (!settled.IsCompleted)
        {
            LastError = "waits for Kafka to confirm what the last connection brought";
            await settled.WaitAsync(draining);
        }
    }

    private async Task<MqttClose> ConnectAndServeAsync(CancellationToken draining)
    {
        var receiver = new SeatConnection(arrivals, options.ReceiveMaximum);
        await using var connection = await connector.ConnectAsync(options, receiver, draining);
        try
        {
            arrivals.Open(connection);
            await SubscribeAsync(connection, draining);
            receiver.Flow();
            await WaitForEndAsync(connection, draining);
            return await connection.Closed;
        }
        finally
        {
            Subscribed = false;
            arrivals.Close();
            receiver.Close();
        }
    }

    // One filter per SUBSCRIBE, each after the SUBACK of the one before: a broker that gets two shared filters in one
    // packet may strand messages.
    private async Task SubscribeAsync(IMqttConnection connection, CancellationToken draining)
    {
        foreach (var subscription in subscriptions)
        {
            var reason = await connection.SubscribeAsync(subscription, draining);
            if (reason >= MqttReasonCode.UnspecifiedError)
            {
                throw new MqttException($"the broker refused to subscribe {subscription.Filter}: {reason}", reason);
            }
        }

        Subscribed = true;
        LastError = null;
        logger.LogInformation(
            "{Broker}: {ClientId} subscribed to {Count} filters",
            options.Broker.Name,
            options.ClientId,
            subscriptions.Count
        );
    }

    private async Task WaitForEndAsync(IMqttConnection connection, CancellationToken draining)
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = draining.UnsafeRegister(
            static state => ((TaskCompletionSource)state!).TrySetResult(),
            drained
        );
        if (await Task.WhenAny(connection.Closed, drained.Task) == drained.Task)
        {
            await DrainAsync(connection);
        }
    }

    // Never unsubscribes and never shortens the Session Expiry: the next holder finds the session as it was.
    private async Task DrainAsync(IMqttConnection connection)
    {
        arrivals.Drain();
        try
        {
            await arrivals.WhenSettledAsync().WaitAsync(DrainTimeout, time);
        }
        catch (TimeoutException)
        {
            logger.LogWarning("{Broker}: drained without every report; the rest comes again", options.Broker.Name);
        }

        await connection.DisconnectAsync(MqttReasonCode.Success, DisconnectTimeout);
    }

    // The same reason again and again is told once.
    private void Report(string description, bool drained)
    {
        if (!drained && LastError != description)
        {
            logger.LogWarning("{Broker}: {ClientId}: {Reason}", options.Broker.Name, options.ClientId, description);
        }

        LastError = description;
    }
}
