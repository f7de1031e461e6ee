using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Pub.Intake;

internal static class Publishes
{
    /// <summary>A PUBLISH at QoS 1 that bears its name as its topic.</summary>
    public static void Receive(this IMqttConnectionHandler handler, string name, int payload = 0) =>
        handler.OnPublish(
            new IncomingPublish
            {
                Topic = Encoding.UTF8.GetBytes(name),
                Payload = new byte[payload],
                PacketIdentifier = 1,
                Qos = 1,
                Retain = false,
                Dup = false,
                Properties = default,
            }
        );
}
