using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;

namespace Kalinka.Tests.Common.Records;

[TestFixture]
public sealed class HeaderTests
{
    private readonly PublishPropertiesWriter _writer = new();
    private readonly RecordHeaderBuffer _headers = new();

    [SetUp]
    public void Clear()
    {
        _writer.Clear();
        _headers.Clear();
    }

    [Test]
    public void Every_property_of_a_message_becomes_a_header()
    {
        _writer.AddPayloadFormat(1);
        _writer.TryAddContentType("text/plain"u8);
        _writer.TryAddResponseTopic("answers/1"u8);
        _writer.TryAddCorrelationData([0, 255, 7]);

        MessageHeaders.AddProtocol(_headers, Publish(qos: 1, retain: true), "b1"u8, nowMs: 5);

        Assert.That(
            Listed(),
            Is.EqualTo(
                new[]
                {
                    "mqtt-topic=a/b",
                    "mqtt-broker=b1",
                    "mqtt-qos=1",
                    "mqtt-retain=true",
                    "mqtt-payload-format=1",
                    "mqtt-content-type=text/plain",
                    "mqtt-response-topic=answers/1",
                    "mqtt-correlation-data=\0\u00ff\u0007",
                }
            )
        );
    }

    [Test]
    public void Expiry_becomes_a_point_in_time()
    {
        Span<byte> text = stackalloc byte[20];

        Assert.That(Encoding.UTF8.GetString(Expiry.Format(1_700_000_000_000, 60, text)), Is.EqualTo("1700000060000"));
        Assert.That(Expiry.TryParse("1700000060000"u8, out var at), Is.True);
        Assert.That(Expiry.SecondsLeft(at, 1_700_000_000_000), Is.EqualTo(60));
        Assert.That(Expiry.SecondsLeft(at, 1_700_000_059_900), Is.EqualTo(1));
        Assert.That(Expiry.TryParse("soon"u8, out _), Is.False);
    }

    [Test]
    public void A_device_cannot_forge_what_systems_trust()
    {
        _headers.Add("srcId"u8, "d1"u8);
        _writer.TryAddUserProperty("srcId"u8, "someone else"u8);
        _writer.TryAddUserProperty("mqtt-broker"u8, "b9"u8);
        _writer.TryAddUserProperty("kalinka-seq"u8, "b9/0/1/1"u8);
        _writer.TryAddUserProperty("colour"u8, "red"u8);
        _writer.TryAddUserProperty("colour"u8, "blue"u8);

        var leftOut = MessageHeaders.AddUserProperties(_headers, new PublishProperties(_writer.Written), 1);

        Assert.That(leftOut, Is.EqualTo(3));
        Assert.That(Listed(), Is.EqualTo(new[] { "srcId=d1", "colour=red", "colour=blue" }));
    }

    [Test]
    public void The_hop_count_is_carried_on_and_not_counted_as_forged()
    {
        _writer.TryAddUserProperty("kalinka-hops"u8, "2"u8);

        Assert.That(MessageHeaders.AddUserProperties(_headers, new PublishProperties(_writer.Written), 0), Is.Zero);
        Assert.That(_headers.Count, Is.Zero);
    }

    [TestCase("0", 0)]
    [TestCase("4", 4)]
    [TestCase("999999999", 999_999_999)]
    public void A_plain_number_of_hops_is_read(string text, int hops)
    {
        Assert.That(Hops.TryParse(Encoding.UTF8.GetBytes(text), out var read), Is.True);
        Assert.That(read, Is.EqualTo(hops));
    }

    [TestCase("")]
    [TestCase("-1")]
    [TestCase("3x")]
    [TestCase("99999999999999999999")]
    public void Anything_else_is_no_hop_count(string text) =>
        Assert.That(Hops.TryParse(Encoding.UTF8.GetBytes(text), out _), Is.False);

    [Test]
    public void Headers_become_properties_again()
    {
        var leftOut = MessageProperties.Write(
            Record(
                ("mqtt-topic", "a/b"),
                ("mqtt-content-type", "text/plain"),
                ("mqtt-response-topic", "answers/1"),
                ("mqtt-correlation-data", "id"),
                ("mqtt-payload-format", "1"),
                ("kalinka-seq", "b1/0/1/1"),
                ("colour", "red"),
                ("colour", "blue")
            ),
            hops: 1,
            _writer
        );

        var properties = new PublishProperties(_writer.Written);
        Assert.That(leftOut, Is.Zero);
        Assert.That(PublishProperties.TryValidate(_writer.Written, out _), Is.True);
        Assert.That(properties.PayloadFormat, Is.EqualTo(1));
        Assert.That(properties.TryGetContentType(out var type) && type.SequenceEqual("text/plain"u8), Is.True);
        Assert.That(properties.TryGetResponseTopic(out var answer) && answer.SequenceEqual("answers/1"u8), Is.True);
        Assert.That(properties.TryGetCorrelationData(out var id) && id.SequenceEqual("id"u8), Is.True);
        Assert.That(UserProperties(properties), Is.EqualTo(new[] { "colour=red", "colour=blue", "kalinka-hops=2" }));
    }

    [Test]
    public void Headers_that_MQTT_cannot_carry_are_left_out_and_counted()
    {
        var leftOut = MessageProperties.Write(
            Record(
                ("mqtt-content-type", "text/plain"),
                ("mqtt-content-type", "twice"),
                ("mqtt-response-topic", "answers/+"),
                ("mqtt-payload-format", "7"),
                ("nul", "a\0b"),
                ("long", new string('x', 70_000))
            ),
            hops: 0,
            _writer
        );

        Assert.That(leftOut, Is.EqualTo(5));
        Assert.That(PublishProperties.TryValidate(_writer.Written, out var error), Is.True, error);
    }

    [Test]
    public void A_sequence_counts_only_what_was_used()
    {
        var sequence = new SequenceHeader("b1", 2, 77);
        sequence.AddTo(_headers);
        sequence.AddTo(_headers);
        sequence.Use();
        sequence.AddTo(_headers);

        Assert.That(
            Listed(),
            Is.EqualTo(new[] { "kalinka-seq=b1/2/77/1", "kalinka-seq=b1/2/77/1", "kalinka-seq=b1/2/77/2" })
        );
    }

    private IncomingPublish Publish(int qos, bool retain) =>
        new()
        {
            Topic = "a/b"u8,
            Payload = default,
            PacketIdentifier = 1,
            Qos = qos,
            Retain = retain,
            Dup = false,
            Properties = new PublishProperties(_writer.Written),
        };

    private static ConsumedRecord Record(params (string Name, string Value)[] headers) =>
        new(
            new TopicPartition("t", 0),
            0,
            0,
            null,
            null,
            headers.Select(header => KeyValuePair.Create(header.Name, (byte[]?)Encoding.UTF8.GetBytes(header.Value)))
        );

    private List<string> Listed()
    {
        var listed = new List<string>();
        for (var index = 0; index < _headers.Count; index++)
        {
            var value = Encoding.Latin1.GetString(_headers.Value(index));
            listed.Add($"{Encoding.UTF8.GetString(_headers.Name(index))}={value}");
        }

        return listed;
    }

    private static List<string> UserProperties(PublishProperties properties)
    {
        var listed = new List<string>();
        foreach (var property in properties)
        {
            if (property.Id == PropertyId.UserProperty)
            {
                listed.Add($"{Encoding.UTF8.GetString(property.Name)}={Encoding.UTF8.GetString(property.Value)}");
            }
        }

        return listed;
    }
}
