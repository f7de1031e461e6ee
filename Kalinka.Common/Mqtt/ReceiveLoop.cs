using Kalinka.Common.Delivery;
using MQTTnet.Packets;

namespace Kalinka.Common.Mqtt;

/// <summary>
/// What the receive thread does: reads, cuts into packets, and hands each on, until the stream or the connection ends.
/// </summary>
internal sealed class ReceiveLoop(
    BrokerLink link,
    ReceiveBuffer buffer,
    LinkActivity activity,
    Spacing spacing,
    MqttVersion version,
    OutgoingPublishes publishes,
    PendingRequests requests,
    IMqttConnectionHandler handler
)
{
    private volatile bool _ending;

    /// <summary>
    /// From here on a PUBLISH is not handed to the handler any more: it could not be acknowledged. PUBACKs still count.
    /// Any thread.
    /// </summary>
    public void StopDelivering() => _ending = true;

    /// <summary>Runs until the stream ends (null), or the broker says DISCONNECT.</summary>
    /// <exception cref="ConnectionFaultException">The broker broke the protocol, or the handler failed.</exception>
    /// <exception cref="IOException">The link broke, or was aborted.</exception>
    public MqttClose? Run()
    {
        do
        {
            while (buffer.TryTake(out var packet))
            {
                if (Dispatch(packet) is { } close)
                {
                    return close;
                }
            }
        } while (Fill());
        return null;
    }

    /// <summary>Reads to the end of the stream, and keeps nothing: what we wrote last is to arrive.</summary>
    /// <exception cref="IOException">The link broke, or was aborted.</exception>
    public void Discard()
    {
        var scrap = new byte[16 * 1024];
        while (link.Read(scrap, 0, scrap.Length) > 0) { }
    }

    private bool Fill()
    {
        spacing.Begin(gather: handler.MayGather);
        activity.ReadBegins();
        var any = buffer.Fill(link);
        activity.ReadEnds();
        return any;
    }

    private MqttClose? Dispatch(in ReceivedPacket packet)
    {
        switch (packet.Type)
        {
            case PacketType.Publish:
                OnPublish(packet);
                return null;
            case PacketType.PubAck:
                OnPubAck(packet);
                return null;
            case PacketType.SubAck:
                OnSubAck(packet);
                return null;
            case PacketType.UnsubAck:
                OnUnsubAck(packet);
                return null;
            case PacketType.PingResp when packet.Flags == 0 && packet.Body.IsEmpty:
                return null;
            case PacketType.Disconnect when version == MqttVersion.V5:
                return OnDisconnect(packet);
            default:
                throw ConnectionFaultException.Protocol($"an unexpected packet that begins with 0x{packet.First:X2}");
        }
    }

    private void OnPublish(in ReceivedPacket packet)
    {
        var publish = Parse(packet);
        if (_ending)
        {
            return;
        }

        try
        {
            handler.OnPublish(publish);
        }
        catch (Exception thrown)
        {
            throw ConnectionFaultException.Handler(thrown);
        }
    }

    private IncomingPublish Parse(in ReceivedPacket packet)
    {
        try
        {
            return PublishParser.Parse(packet, version);
        }
        catch (ConnectionFaultException fault)
        {
            if (
                PublishParser.TryParseMalformed(packet, version, fault.Message, out var publish)
                && handler.AcceptsMalformed(packet.Body)
            )
            {
                return publish;
            }

            throw;
        }
    }

    // A second PUBACK for one message does no harm, and brokers have been seen to send it: not in flight, not minded.
    private void OnPubAck(in ReceivedPacket packet)
    {
        var packetIdentifier = PubAckParser.Parse(packet, version, out var reason);
        if (!publishes.TryComplete(packetIdentifier, out var token))
        {
            return;
        }

        try
        {
            handler.OnPublishOutcome(token, PubAckParser.Outcome(reason), reason);
        }
        catch (Exception thrown)
        {
            throw ConnectionFaultException.Handler(thrown);
        }
    }

    private void OnSubAck(in ReceivedPacket packet)
    {
        var subAck = ControlPackets.Decode<MqttSubAckPacket>(packet, version);
        if (subAck.ReasonCodes.Count != 1)
        {
            throw ConnectionFaultException.Protocol(
                $"SUBACK with {subAck.ReasonCodes.Count} reason codes for one filter"
            );
        }

        requests.Answer(subAck.PacketIdentifier, (MqttReasonCode)subAck.ReasonCodes[0]);
    }

    private void OnUnsubAck(in ReceivedPacket packet)
    {
        var unsubAck = ControlPackets.Decode<MqttUnsubAckPacket>(packet, version);
        var reason = unsubAck.ReasonCodes is [var code, ..] ? (MqttReasonCode)code : MqttReasonCode.Success;
        requests.Answer(unsubAck.PacketIdentifier, reason);
    }

    private MqttClose OnDisconnect(in ReceivedPacket packet)
    {
        // Neither reason code nor properties means 0x00 [MQTT-3.14.2.1], which the decoder does not know.
        var disconnect = packet.Body.IsEmpty
            ? new MqttDisconnectPacket()
            : ControlPackets.Decode<MqttDisconnectPacket>(packet, version);
        var reason = (MqttReasonCode)disconnect.ReasonCode;
        var text = string.IsNullOrEmpty(disconnect.ReasonString) ? "" : $" ({disconnect.ReasonString})";
        return new MqttClose(reason, ByBroker: true, $"the broker disconnected: {reason}{text}");
    }
}
