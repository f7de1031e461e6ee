using System.Text;
using MQTTnet.Adapter;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Kalinka.Common.Mqtt;

/// <summary>The packets that are rare, through MQTTnet's formatter; its types stay in this folder.</summary>
internal static class ControlPackets
{
    public static byte[] PingReq { get; } = Encode(MqttVersion.V311, new MqttPingReqPacket());

    public static byte[] Connect(MqttConnectOptions options, MqttLimits limits) =>
        Encode(
            options.Broker.Version,
            new MqttConnectPacket
            {
                ClientId = options.ClientId,
                CleanSession = IsCleanSession(options),
                SessionExpiryInterval = Seconds(options.SessionExpiry, uint.MaxValue),
                KeepAlivePeriod = (ushort)Seconds(options.KeepAlive, ushort.MaxValue),
                ReceiveMaximum = options.ReceiveMaximum,
                MaximumPacketSize = (uint)limits.MaximumPacketSize,
                TopicAliasMaximum = 0,
                RequestProblemInformation = true,
                Username = UsernameFor(options.Broker),
                Password = options.Broker.Password is { } password ? Encoding.UTF8.GetBytes(password) : null,
            }
        );

    public static byte[] Subscribe(MqttVersion version, ushort packetIdentifier, MqttSubscription subscription) =>
        Encode(
            version,
            new MqttSubscribePacket
            {
                PacketIdentifier = packetIdentifier,
                SubscriptionIdentifier = subscription.Identifier ?? 0,
                TopicFilters =
                [
                    new MqttTopicFilter
                    {
                        Topic = subscription.Filter,
                        QualityOfServiceLevel = (MqttQualityOfServiceLevel)subscription.Qos,
                        RetainAsPublished = subscription.RetainAsPublished,
                        RetainHandling = (MqttRetainHandling)subscription.RetainHandling,
                    },
                ],
            }
        );

    public static byte[] Unsubscribe(MqttVersion version, ushort packetIdentifier, string filter) =>
        Encode(version, new MqttUnsubscribePacket { PacketIdentifier = packetIdentifier, TopicFilters = [filter] });

    public static byte[] Disconnect(MqttVersion version, MqttReasonCode reason) =>
        Encode(version, new MqttDisconnectPacket { ReasonCode = (MqttDisconnectReasonCode)reason });

    /// <exception cref="ConnectionFaultException">It cannot be decoded.</exception>
    public static TPacket Decode<TPacket>(in ReceivedPacket packet, MqttVersion version)
        where TPacket : MqttPacket
    {
        if (packet.Flags != 0)
        {
            throw ConnectionFaultException.Malformed($"{packet.Type} with reserved flags");
        }

        var received = new ReceivedMqttPacket(packet.First, packet.Body.ToArray(), packet.Body.Length + 2);
        try
        {
            return (TPacket)Formatter(version).Decode(received);
        }
        catch (Exception malformed)
        {
            throw ConnectionFaultException.Malformed($"{packet.Type}: {malformed.Message}");
        }
    }

    // MQTT 3.1.1 knows one flag for two things: a session that must outlive the connection cannot be a clean one.
    private static bool IsCleanSession(MqttConnectOptions options) =>
        options.CleanStart && (options.Broker.Version == MqttVersion.V5 || options.SessionExpiry == TimeSpan.Zero);

    // A password without a user name is MQTT 5's own [MQTT-3.1.2.9], and the encoder knows only 3.1.1's rule.
    private static string? UsernameFor(BrokerOptions broker) =>
        broker.Username ?? (broker.Password is null ? null : "");

    // Rounded up, so that what is more than nothing does not become 0, which means "off".
    private static uint Seconds(TimeSpan span, uint maximum) =>
        (uint)Math.Clamp(Math.Ceiling(span.TotalSeconds), 0, maximum);

    /// <exception cref="MqttException">A string in it is longer than MQTT allows.</exception>
    private static byte[] Encode(MqttVersion version, MqttPacket packet)
    {
        try
        {
            return Formatter(version).Encode(packet).ToArray();
        }
        catch (MqttProtocolViolationException impossible)
        {
            throw new MqttException($"MQTT cannot say this: {impossible.Message}", inner: impossible);
        }
    }

    // The formatter keeps state between calls, and these calls come from any thread: each gets its own.
    private static MqttPacketFormatterAdapter Formatter(MqttVersion version) =>
        new(
            version == MqttVersion.V5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311,
            new MqttBufferWriter(1024, ushort.MaxValue)
        );
}
