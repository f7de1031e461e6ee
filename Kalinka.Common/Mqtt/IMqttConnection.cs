namespace Kalinka.Common.Mqtt;

/// <summary>
/// One network connection to one broker, from CONNACK to its end. Nothing survives it: packet identifiers,
/// acknowledgements and outcomes belong to this object and never reach a later connection.
/// </summary>
public interface IMqttConnection : IAsyncDisposable
{
    /// <summary>What the broker granted in CONNACK.</summary>
    MqttGrant Grant { get; }

    /// <summary>Publishes that wait for their PUBACK.</summary>
    int InFlight { get; }

    /// <summary>
    /// The number of the oldest publish without an outcome, in the order of this connection's publishes, from 1; 0 for
    /// none. Any thread.
    /// </summary>
    long OldestInFlight { get; }

    /// <summary>Completes, never faults, when the connection has ended for whatever reason.</summary>
    Task<MqttClose> Closed { get; }

    /// <summary>Subscribes to one filter and waits for SUBACK.</summary>
    /// <exception cref="MqttException">The connection ended first.</exception>
    Task<MqttReasonCode> SubscribeAsync(MqttSubscription subscription, CancellationToken cancellationToken);

    /// <summary>Unsubscribes from one filter and waits for UNSUBACK.</summary>
    /// <exception cref="MqttException">The connection ended first.</exception>
    Task<MqttReasonCode> UnsubscribeAsync(string filter, CancellationToken cancellationToken);

    /// <summary>
    /// Hands PUBACKs to the writer, which sends all that have gathered in one write, in this order. Any thread; never
    /// blocks. On a connection that has ended it does nothing.
    /// </summary>
    void Acknowledge(ReadOnlySpan<ushort> packetIdentifiers);

    /// <summary>
    /// Encodes and queues a PUBLISH; the spans are free again on return. Any thread; never blocks. A QoS 1 message that
    /// was <see cref="PublishSubmission.Accepted"/> ends in exactly one call of
    /// <see cref="IMqttConnectionHandler.OnPublishOutcome"/>; QoS 0 ends at once, without one.
    /// </summary>
    /// <param name="token">The caller's name for the message, given back with its outcome.</param>
    PublishSubmission TryPublish(in OutgoingPublish publish, long token);

    /// <summary>Sends what is queued, then DISCONNECT, and closes. Idempotent.</summary>
    Task DisconnectAsync(MqttReasonCode reason, TimeSpan timeout);
}

/// <summary>Makes connections; the tests put their own in its place.</summary>
public interface IMqttConnector
{
    /// <summary>Connects and waits for a CONNACK that says success.</summary>
    /// <exception cref="MqttException">Refused, unreachable, timed out, or not MQTT; the message says which.</exception>
    Task<IMqttConnection> ConnectAsync(
        MqttConnectOptions options,
        IMqttConnectionHandler handler,
        CancellationToken cancellationToken
    );
}

/// <summary>Called on the receive thread of one connection, one call at a time, in the order of the packets.</summary>
public interface IMqttConnectionHandler
{
    /// <summary>
    /// Whether what the broker sends may gather for a millisecond before it is read, in favour of fewer and longer
    /// reads. Asked before every read. Default: never.
    /// </summary>
    bool MayGather => false;

    /// <summary>
    /// The first call of all, before the connector's task completes: a resumed session may send PUBLISH packets before
    /// whoever awaits that task is scheduled. Default: nothing. An exception makes the attempt fail.
    /// </summary>
    void OnConnected(IMqttConnection connection) { }

    /// <summary>
    /// A PUBLISH; its spans point into the receive buffer and end with the call. While the call blocks nothing more is
    /// read (backpressure) and Keep Alive is not judged. An exception ends the connection.
    /// </summary>
    void OnPublish(in IncomingPublish publish);

    /// <summary>
    /// A QoS 1 PUBLISH is malformed, but its topic name and packet identifier can be read, so it could be acknowledged.
    /// False, the default, ends the connection [MQTT-4.13.1-1]; after true it comes to <see cref="OnPublish"/> with
    /// <see cref="IncomingPublish.Malformed"/>.
    /// </summary>
    /// <param name="body">The packet behind its fixed header: the same when the broker sends it again.</param>
    bool AcceptsMalformed(ReadOnlySpan<byte> body) => false;

    /// <summary>
    /// The end of a QoS 1 message that <see cref="IMqttConnection.TryPublish"/> accepted. When the connection ends,
    /// every message still in flight gets <see cref="PublishOutcome.Unavailable"/>, oldest first, before
    /// <see cref="IMqttConnection.Closed"/> completes.
    /// </summary>
    void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason);

    /// <summary>
    /// After <see cref="PublishSubmission.WindowFull"/> because the writer's buffer was full (QoS 0 has no outcome that
    /// would tell): there is room again. On the writer thread: return at once. Default: nothing.
    /// </summary>
    void OnRoom() { }
}

/// <summary>How one connection is opened.</summary>
/// <param name="SessionExpiry">Zero: the session ends with the connection.</param>
/// <param name="ReceiveMaximum">What the broker may have unacknowledged towards us.</param>
/// <param name="ConnectTimeout">For TCP, TLS and CONNACK together.</param>
public sealed record MqttConnectOptions(
    BrokerOptions Broker,
    string ClientId,
    bool CleanStart,
    TimeSpan SessionExpiry,
    ushort ReceiveMaximum,
    TimeSpan KeepAlive,
    TimeSpan ConnectTimeout
);

/// <summary>What CONNACK granted, with the defaults of [MQTT-3.2.2.3] filled in.</summary>
/// <param name="ReceiveMaximum">How many QoS 1 messages we may have in flight; 65,535 where the broker says nothing.</param>
/// <param name="MaximumPacketSize">The largest packet the broker takes, in bytes.</param>
public sealed record MqttGrant(
    bool SessionPresent,
    ushort ReceiveMaximum,
    uint MaximumPacketSize,
    TimeSpan KeepAlive,
    bool SharedSubscriptions,
    bool SubscriptionIdentifiers,
    bool RetainAvailable,
    int MaximumQos
)
{
    /// <summary>How long the broker keeps the session; null where nobody can tell, as in MQTT 3.1.1.</summary>
    public TimeSpan? SessionExpiry { get; init; }
}

/// <param name="Identifier">Subscription Identifier, 1 to 268,435,455; null for none.</param>
public sealed record MqttSubscription(
    string Filter,
    int Qos,
    uint? Identifier = null,
    bool RetainAsPublished = true,
    int RetainHandling = 1
);

/// <summary>Why a connection ended.</summary>
/// <param name="Reason">The reason code of the DISCONNECT, ours or the broker's; null when the link just broke.</param>
/// <param name="ByBroker">The broker sent DISCONNECT or closed the stream.</param>
/// <param name="Description">One line for a person.</param>
public sealed record MqttClose(MqttReasonCode? Reason, bool ByBroker, string Description);

/// <summary>What became of a call of <see cref="IMqttConnection.TryPublish"/>.</summary>
public enum PublishSubmission
{
    Accepted,

    /// <summary>
    /// The broker's Receive Maximum is in flight: an outcome makes room. Or as many bytes as are allowed wait for the
    /// socket: <see cref="IMqttConnectionHandler.OnRoom"/> tells when to go on.
    /// </summary>
    WindowFull,

    /// <summary>The packet is larger than the broker's Maximum Packet Size [MQTT-3.1.2-25].</summary>
    TooLarge,

    /// <summary>The connection has ended.</summary>
    Closed,
}

/// <summary>The end of a publish.</summary>
public enum PublishOutcome
{
    /// <summary>PUBACK 0x00, or any success in MQTT 3.1.1.</summary>
    Delivered,

    /// <summary>PUBACK 0x10, No matching subscribers.</summary>
    NoSubscriber,

    /// <summary>PUBACK with a reason code of 0x80 or above, other than Quota exceeded.</summary>
    Rejected,

    /// <summary>The connection ended first, or 0x97 Quota exceeded: nothing is known of this message.</summary>
    Unavailable,
}
