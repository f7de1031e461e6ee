using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>What we ask for, byte by byte.</summary>
internal sealed class ConnectPacketTests : FakeBrokerTest
{
    [Test]
    public async Task CONNECT_says_what_was_asked_for()
    {
        var options = new MqttConnectOptions(
            Broker.Options() with
            {
                Username = "me",
                Password = "secret",
            },
            "id",
            CleanStart: false,
            SessionExpiry: TimeSpan.FromSeconds(86_400),
            ReceiveMaximum: 500,
            KeepAlive: TimeSpan.FromSeconds(61),
            ConnectTimeout: Connecting.Soon
        );
        var connecting = options.ConnectAsync(limits: new MqttLimits(MaximumPacketSize: 70_000));
        var connect = await Broker.AcceptAsync();
        await using var connection = await connecting;

        Assert.That(connect[2..12], Is.EqualTo((byte[])[0, 4, .. "MQTT"u8, 5, 0b1100_0000, 0, 61]));
        var properties = connect[13..(13 + connect[12])];
        Assert.That(Find(properties, 0x11, 4), Is.EqualTo(new byte[] { 0, 1, 0x51, 0x80 }), "Session Expiry Interval");
        Assert.That(Find(properties, 0x21, 2), Is.EqualTo(new byte[] { 1, 0xF4 }), "Receive Maximum");
        Assert.That(Find(properties, 0x27, 4), Is.EqualTo(new byte[] { 0, 1, 0x11, 0x70 }), "Maximum Packet Size");
        Assert.That(
            Encoding.ASCII.GetString(connect[(13 + connect[12])..]),
            Is.EqualTo("\0\u0002id\0\u0002me\0\u0006secret")
        );
    }

    private static byte[]? Find(byte[] properties, byte identifier, int size)
    {
        for (var at = 0; at < properties.Length; )
        {
            var length = properties[at] switch
            {
                0x11 or 0x27 => 4,
                0x21 or 0x22 => 2,
                0x17 or 0x19 => 1,
                var other => throw new AssertionException($"property 0x{other:X2}"),
            };
            if (properties[at] == identifier && length == size)
            {
                return properties[(at + 1)..(at + 1 + length)];
            }

            at += 1 + length;
        }

        return null;
    }
}
