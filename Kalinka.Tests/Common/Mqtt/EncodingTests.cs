using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

[TestFixture]
internal sealed class EncodingTests
{
    private const int Many = 3000;

    [Test]
    public void A_variable_byte_integer_survives() =>
        Law.Holds<uint>(value => Survives(value & VariableByteInteger.Maximum));

    [TestCase(0u, 1)]
    [TestCase(127u, 1)]
    [TestCase(128u, 2)]
    [TestCase(16_383u, 2)]
    [TestCase(16_384u, 3)]
    [TestCase(2_097_151u, 3)]
    [TestCase(2_097_152u, 4)]
    [TestCase(VariableByteInteger.Maximum, 4)]
    public void Its_size_changes_where_the_specification_says(uint value, int size)
    {
        Assert.That(VariableByteInteger.Write(new byte[4], value), Is.EqualTo(size));
        Assert.That(Survives(value), Is.True);
    }

    [Test]
    public void Properties_survive() =>
        Law.Holds<(string? Type, byte[]? Correlation, byte[]? Name, byte[]? Value)>(sample =>
            PropertiesSurvive(Encoding.UTF8.GetBytes(sample.Type ?? ""), sample.Correlation, sample.Name, sample.Value)
        );

    [Test]
    public void Any_bytes_are_valid_properties_or_refused() =>
        Law.Holds<byte[]?>(
            block => PublishProperties.TryValidate(block, out var error) ? CountsAll(block) : error is not null,
            Many
        );

    [Test]
    public void Any_body_of_a_PUBLISH_is_read_or_refused() =>
        Law.Holds<(byte[]? Body, byte Flags)>(
            sample =>
                IsReadOrRefused(() => PublishParser.Parse(Packet(0x30, sample.Flags, sample.Body), MqttVersion.V5)),
            Many
        );

    [Test]
    public void Any_body_of_a_PUBACK_is_read_or_refused() =>
        Law.Holds<(byte[]? Body, byte Flags)>(
            sample =>
                IsReadOrRefused(() =>
                    PubAckParser.Parse(Packet(0x40, sample.Flags, sample.Body), MqttVersion.V5, out _)
                ),
            Many
        );

    [TestCase(MqttVersion.V5)]
    [TestCase(MqttVersion.V311)]
    public void A_PUBLISH_that_we_write_is_one_that_we_read(MqttVersion version) =>
        Law.Holds<(byte[]? Payload, uint Expiry, bool Retain, ushort PacketIdentifier)>(sample =>
        {
            var publish = new OutgoingPublish
            {
                Topic = "some/topic"u8,
                Payload = sample.Payload,
                Qos = 1,
                Retain = sample.Retain,
                ExpirySeconds = sample.Expiry,
            };
            return IsReadBack(publish, Math.Max((ushort)1, sample.PacketIdentifier), version);
        });

    private static ReceivedPacket Packet(int type, byte flags, byte[]? body) =>
        new((byte)(type | (flags & 0x0F)), body);

    private static bool Survives(uint value)
    {
        var bytes = new byte[4];
        var size = VariableByteInteger.Write(bytes, value);
        return size == VariableByteInteger.SizeOf(value)
            && VariableByteInteger.TryRead(bytes.AsSpan(0, size), out var read, out var readSize)
            && (read, readSize) == (value, size)
            && !VariableByteInteger.TryRead(bytes.AsSpan(0, size - 1), out _, out _);
    }

    private static bool PropertiesSurvive(byte[] text, byte[]? correlation, byte[]? name, byte[]? value)
    {
        var writer = new PublishPropertiesWriter();
        writer.AddPayloadFormat(1);
        writer.TryAddContentType(text);
        writer.TryAddCorrelationData(correlation);
        writer.TryAddResponseTopic(text);
        writer.TryAddUserProperty(name, value);
        writer.TryAddUserProperty(name, "second"u8);

        var properties = new PublishProperties(writer.Written);
        return PublishProperties.TryValidate(writer.Written, out _)
            && properties.PayloadFormat == 1
            && properties.TryGetContentType(out var readType)
            && readType.SequenceEqual(text)
            && properties.TryGetCorrelationData(out var readCorrelation)
            && readCorrelation.SequenceEqual(correlation)
            && properties.TryGetResponseTopic(out var readResponse)
            && readResponse.SequenceEqual(text)
            && properties.TryGetUserProperty(name, out var readValue)
            && readValue.SequenceEqual(value)
            && properties.ExpirySeconds is null;
    }

    private static bool IsReadBack(in OutgoingPublish publish, ushort packetIdentifier, MqttVersion version)
    {
        var packet = new PublishPacket(publish, version);
        var bytes = new byte[packet.Size];
        packet.WriteTo(bytes, packetIdentifier);

        VariableByteInteger.TryRead(bytes.AsSpan(1), out var remaining, out var size);
        var read = PublishParser.Parse(new ReceivedPacket(bytes[0], bytes.AsSpan(1 + size)), version);
        return bytes.Length == 1 + size + remaining
            && read.Topic.SequenceEqual(publish.Topic)
            && read.Payload.SequenceEqual(publish.Payload)
            && (read.PacketIdentifier, read.Qos, read.Retain, read.Dup) == (packetIdentifier, 1, publish.Retain, false)
            && read.Properties.ExpirySeconds == (version == MqttVersion.V5 ? publish.ExpirySeconds : null);
    }

    private static bool CountsAll(ReadOnlySpan<byte> block)
    {
        var sum = 0;
        foreach (var property in new PublishProperties(block))
        {
            sum += property.Id switch
            {
                PropertyId.PayloadFormatIndicator
                or PropertyId.MessageExpiryInterval
                or PropertyId.TopicAlias
                or PropertyId.SubscriptionIdentifier => 1 + property.Value.Length,
                PropertyId.UserProperty => 5 + property.Name.Length + property.Value.Length,
                _ => 3 + property.Value.Length,
            };
        }

        return sum == block.Length;
    }

    private static bool IsReadOrRefused(Action parse)
    {
        try
        {
            parse();
        }
        catch (ConnectionFaultException) { }

        return true;
    }
}
