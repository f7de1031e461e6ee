using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Records;

namespace Kalinka.Tests.Common.Records;

internal sealed class DeliveryRecordTests
{
    private readonly KnownNames _names = new();

    [Test]
    public void What_is_written_is_read_again_and_the_applications_headers_stay()
    {
        var written = Write(Record("in", 3, 42, ("a", "1"), ("kalinka-origin", "x/1/1"), ("kalinka-seq", "s")), hop: 2);
        Assert.That(
            written.Select(header => header.Name),
            Is.EqualTo(new[] { "a", "kalinka-seq", "kalinka-origin", "kalinka-delivery-hops" })
        );
        var record = Record("kalinka.delivery", 0, 7, [.. written]);
        Assert.That(DeliveryRecord.TryRead(record, _names, out var origin, out var offset, out var hop));
        Assert.That((origin, offset, hop), Is.EqualTo((new TopicPartition("in", 3), 42L, 2)));
    }

    [Test]
    public void Without_a_count_it_is_the_first_hop()
    {
        var record = Record("kalinka.delivery", 0, 7, ("kalinka-origin", "in/3/42"));
        Assert.That(DeliveryRecord.TryRead(record, _names, out _, out _, out var hop));
        Assert.That(hop, Is.EqualTo(1));
    }

    [TestCase("")]
    [TestCase("in")]
    [TestCase("in/3")]
    [TestCase("/3/42")]
    [TestCase("in/-3/42")]
    [TestCase("in/3/4x")]
    [TestCase("in/3/")]
    [TestCase("in/99999999999/1")]
    [TestCase("in/3/99999999999999999999")]
    public void An_illegible_origin_is_none(string text) =>
        Assert.That(
            DeliveryRecord.TryRead(Record("d", 0, 7, ("kalinka-origin", text)), _names, out _, out _, out _),
            Is.False
        );

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("x")]
    [TestCase("")]
    [TestCase("99999999999")]
    public void An_illegible_count_makes_it_none(string hops)
    {
        var record = Record("d", 0, 7, ("kalinka-origin", "in/3/42"), ("kalinka-delivery-hops", hops));
        Assert.That(DeliveryRecord.TryRead(record, _names, out _, out _, out _), Is.False);
    }

    [Test]
    public void The_name_of_a_topic_is_made_once()
    {
        var first = _names.Of("in"u8);
        Assert.That(_names.Of("in"u8), Is.SameAs(first));
        Assert.That(_names.Of("out"u8), Is.EqualTo("out"));
    }

    private static List<(string Name, string Value)> Write(ConsumedRecord record, int hop)
    {
        var headers = new RecordHeaderBuffer();
        DeliveryRecord.WriteHeaders(record, hop, headers);
        return
        [
            .. Enumerable
                .Range(0, headers.Count)
                .Select(index =>
                    (Encoding.UTF8.GetString(headers.Name(index)), Encoding.UTF8.GetString(headers.Value(index)))
                ),
        ];
    }

    private static ConsumedRecord Record(
        string kafkaTopic,
        int partition,
        long offset,
        params (string Name, string Value)[] headers
    ) =>
        new(
            new TopicPartition(kafkaTopic, partition),
            offset,
            0,
            null,
            null,
            headers.Select(header => KeyValuePair.Create(header.Name, (byte[]?)Encoding.UTF8.GetBytes(header.Value)))
        );
}
