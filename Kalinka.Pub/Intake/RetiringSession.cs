using System.Text;
using Kalinka.Common.Mqtt;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Intake;

/// <summary>
/// Takes an MQTT session out of use: unsubscribes its filters, passes on what the broker still has for it, and ends it.
/// That nothing is left is proved by a message that the session sends to itself: it comes back behind everything that was
/// queued before it. Where the broker does not let it, a silence has to do, and a longer one where it does and the message
/// does not come.
/// </summary>
/// <param name="options">Of the session as it was, Client Identifier and Session Expiry included.</param>
/// <param name="filters">What it is, or may be, subscribed to.</param>
/// <param name="malformed">The same for every attempt at the session.</param>
internal sealed class RetiringSession(
    IMqttConnector connector,
    MqttConnectOptions options,
    IReadOnlyCollection<string> filters,
    IArrivals arrivals,
    MalformedPublishes malformed,
    TimeProvider time,
    ILogger logger
)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SilenceWithMarker = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan DisconnectTimeout = TimeSpan.FromSeconds(5);

    // Written by whoever retires; read by any thread.
    private volatile IMqttConnection? _draining;
    private volatile bool _dropped;

    private readonly string _marker = $"kalinka/retire/{options.ClientId}";

    /// <summary>Cancelling leaves the session as it is then: nothing is lost, and another may go on.</summary>
    /// <returns>True when the session is no more; false when the connection ended first, or more came at the last moment.</returns>
    /// <exception cref="MqttException">The broker was not reached, or the connection ended meanwhile.</exception>
    public async Task<bool> RetireAsync(CancellationToken cancellationToken)
    {
        await arrivals.WhenSettledAsync().WaitAsync(cancellationToken);
        if (!await DrainAsync(cancellationToken) || _dropped)
        {
            return false;
        }

        await EndAsync(cancellationToken);
        logger.LogInformation("{Broker}: session {ClientId} has been retired", options.Broker.Name, options.ClientId);
        return true;
    }

    /// <summary>
    /// Ends the connection at once, without a word, and nothing of it is acknowledged any more: what it brought must come
    /// again, and the session stays. Any thread; returns at once.
    /// </summary>
    public void Drop()
    {
        _dropped = true;
        arrivals.Close();
        _ = _draining?.DisposeAsync().AsTask();
    }

    private async Task<bool> DrainAsync(CancellationToken cancellationToken)
    {
        var receiver = new RetiringConnection(arrivals, malformed, Encoding.UTF8.GetBytes(_marker), time);
        var connection = await connector.ConnectAsync(options, receiver, cancellationToken);
        long? emptied = null;
        _draining = connection;
        try
        {
            if (_dropped)
            {
                return false; // While it was being made.
            }

            foreach (var filter in filters)
            {
                await connection.UnsubscribeAsync(filter, cancellationToken);
            }

            var silence = await MarkAsync(connection, cancellationToken) ? SilenceWithMarker : Silence;
            emptied = await EmptyAsync(connection, receiver, silence, cancellationToken);
        }
        finally
        {
            // In this order: what was produced is acknowledged, and nothing else is.
            arrivals.Drain();
            await Task.WhenAny(arrivals.WhenSettledAsync(), Task.Delay(DrainTimeout, time, CancellationToken.None));
            await connection.DisconnectAsync(MqttReasonCode.Success, DisconnectTimeout);
            arrivals.Close();
            await connection.DisposeAsync();
        }

        // What came after all is not acknowledged, and must not go with the session.
        return emptied == receiver.Count;
    }

    // False: the broker refuses it.
    private async Task<bool> MarkAsync(IMqttConnection connection, CancellationToken cancellationToken)
    {
        var subscription = new MqttSubscription(_marker, 1, RetainHandling: 2);
        if (await connection.SubscribeAsync(subscription, cancellationToken) >= MqttReasonCode.UnspecifiedError)
        {
            return false;
        }

        var marker = new OutgoingPublish
        {
            Topic = Encoding.UTF8.GetBytes(_marker),
            Payload = default,
            Qos = 1,
            Retain = false,
        };
        return connection.TryPublish(marker, token: 0) == PublishSubmission.Accepted;
    }

    // The marker, or a silence; and everything that came is in Kafka and acknowledged. Returns how many messages that were;
    // null when the connection ended first.
    private async Task<long?> EmptyAsync(
        IMqttConnection connection,
        RetiringConnection receiver,
        TimeSpan silence,
        CancellationToken cancellationToken
    )
    {
        using var timer = new PeriodicTimer(Look, time);
        while (!connection.Closed.IsCompleted)
        {
            await timer.WaitForNextTickAsync(cancellationToken);

            // In this order: what is counted and not passing is among what settles.
            var count = receiver.Count;
            var isLast = !receiver.Passing && (receiver.Marked || receiver.SilentFor >= silence);
            if (isLast && arrivals.WhenSettledAsync().IsCompleted)
            {
                return count;
            }
        }

        return null;
    }

    // A Clean Start without an expiry discards the session, in both versions of MQTT [MQTT-3.1.2-4].
    private async Task EndAsync(CancellationToken cancellationToken)
    {
        var last = options with { CleanStart = true, SessionExpiry = TimeSpan.Zero };
        var nothing = new RetiringConnection(arrivals: null, malformed, [], time);
        await using var connection = await connector.ConnectAsync(last, nothing, cancellationToken);
        await connection.DisconnectAsync(MqttReasonCode.Success, DisconnectTimeout);
    }
}
