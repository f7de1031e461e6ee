using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Pub.Intake;

internal static class Publishes
{
    /// <summary>A PUBLISH that bears its name as its topic.</summary>
    public static void Receive(this IMqttConnectionHandler handler, string name, int payload = 0, int qos = 1) =>
        handler.OnPublish(
            new IncomingPublish
            {
                Topic = Encoding.UTF8.GetBytes(name),
                Payload = new byte[payload],
                PacketIdentifier = (ushort)qos,
                Qos = qos,
                Retain = false,
                Dup = false,
                Properties = default,
            }
        );
}
