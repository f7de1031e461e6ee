using MQTTnet.Packets;

namespace Kalinka.Common.Mqtt;

/// <summary>CONNECT and CONNACK, on the thread that goes on to receive.</summary>
internal static class ConnectHandshake
{
    private const byte ConnAckFirstByte = (int)PacketType.ConnAck << 4;

    /// <summary>What follows CONNACK stays in <paramref name="buffer"/>.</summary>
    /// <exception cref="MqttException">The broker refuses, or this is no broker.</exception>
    public static MqttGrant Run(BrokerLink link, ReceiveBuffer buffer, MqttConnectOptions options, MqttLimits limits)
    {
        link.Write(ControlPackets.Connect(options, limits));
        var connAck = ReadConnAck(link, buffer, options.Broker, out var expiry);
        var reason = ReasonOf(connAck, options.Broker.Version);
        if (reason != MqttReasonCode.Success)
        {
            var text = string.IsNullOrEmpty(connAck.ReasonString) ? "" : $" ({connAck.ReasonString})";
            throw new MqttException($"{options.Broker.Address} refused the connection: {reason}{text}", reason);
        }

        return options.Broker.Version == MqttVersion.V5
            ? GrantOf(connAck, options) with
            {
                SessionExpiry = expiry is { } seconds ? TimeSpan.FromSeconds(seconds) : options.SessionExpiry,
            }
            : GrantOf311(connAck.IsSessionPresent, options);
    }

    private static MqttConnAckPacket ReadConnAck(
        BrokerLink link,
        ReceiveBuffer buffer,
        BrokerOptions broker,
        out uint? expiry
    )
    {
        try
        {
            ReceivedPacket packet;
            while (!buffer.TryTake(out packet))
            {
                if (!buffer.Fill(link))
                {
                    throw new MqttException($"{broker.Address} closed the connection without a CONNACK");
                }

                RefuseOther(buffer.Peek(), broker);
            }

            // Bits 7 to 1 of the acknowledge flags are reserved [MQTT-3.2.2-1], which the decoder lets pass.
            if (packet.Body.IsEmpty || packet.Body[0] > 1)
            {
                throw ConnectionFaultException.Malformed("CONNACK");
            }

            expiry = broker.Version == MqttVersion.V5 ? ConnAckExpiry.Read(packet.Body) : null;
            return ControlPackets.Decode<MqttConnAckPacket>(packet, broker.Version);
        }
        catch (ConnectionFaultException fault)
        {
            throw new MqttException($"{broker.Address} does not speak MQTT: {fault.Message}", fault.Reason, fault);
        }
    }

    private static void RefuseOther(int first, BrokerOptions broker)
    {
        if (first != ConnAckFirstByte)
        {
            throw new MqttException(
                $"{broker.Address} does not speak MQTT: it answered 0x{first:X2} instead of CONNACK"
            );
        }
    }

    // Return codes 1 to 5 are MQTT 3.1.1's [MQTT 3.1.1, table 3.1]; old brokers answer so to MQTT 5, too.
    private static MqttReasonCode ReasonOf(MqttConnAckPacket connAck, MqttVersion version)
    {
        var code = version == MqttVersion.V5 ? (int)connAck.ReasonCode : (int)connAck.ReturnCode;
        return code switch
        {
            1 => MqttReasonCode.UnsupportedProtocolVersion,
            2 => MqttReasonCode.ClientIdentifierNotValid,
            3 => MqttReasonCode.ServerUnavailable,
            4 => MqttReasonCode.BadUserNameOrPassword,
            5 => MqttReasonCode.NotAuthorized,
            _ => (MqttReasonCode)code,
        };
    }

    // The decoder gives 0 for what the broker left out. A Server Keep Alive of 0 is thus read as none: we ping as often
    // as we meant to, which is always allowed [MQTT-3.1.2-20].
    private static MqttGrant GrantOf(MqttConnAckPacket connAck, MqttConnectOptions options) =>
        new(
            connAck.IsSessionPresent,
            connAck.ReceiveMaximum == 0 ? ushort.MaxValue : connAck.ReceiveMaximum,
            connAck.MaximumPacketSize == 0 ? Unlimited : connAck.MaximumPacketSize,
            connAck.ServerKeepAlive == 0 ? options.KeepAlive : TimeSpan.FromSeconds(connAck.ServerKeepAlive),
            connAck.SharedSubscriptionAvailable,
            connAck.SubscriptionIdentifiersAvailable,
            connAck.RetainAvailable,
            (int)connAck.MaximumQoS
        );

    private static MqttGrant GrantOf311(bool sessionPresent, MqttConnectOptions options) =>
        new(
            sessionPresent,
            ushort.MaxValue,
            Unlimited,
            options.KeepAlive,
            SharedSubscriptions: true,
            SubscriptionIdentifiers: false,
            RetainAvailable: true,
            MaximumQos: 2
        );

    private const uint Unlimited = VariableByteInteger.Maximum + 5;
}
