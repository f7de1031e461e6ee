using Kalinka.Common.Kafka;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Partitioning;

namespace Kalinka.Tests.Sub.Partitioning;

internal sealed class SeenRecordsTests
{
    private readonly PartitionAssignment _assignment = new(
        new TopicPartition("kalinka.delivery", 0),
        new RecordSource(true, 100, 1000)
    );

    [Test]
    public void A_record_is_known_by_its_origin_and_its_hop()
    {
        var seen = new SeenRecords(10);
        seen.Add(Delivery("in", 1, 5, hop: 1));
        Assert.That(seen.Contains(Delivery("in", 1, 5, hop: 1)));
        Assert.That(seen.Contains(Delivery("in", 1, 5, hop: 2)), Is.False);
        Assert.That(seen.Contains(Delivery("in", 1, 6, hop: 1)), Is.False);
        Assert.That(seen.Contains(Delivery("in", 2, 5, hop: 1)), Is.False);
        Assert.That(seen.Contains(Delivery("out", 1, 5, hop: 1)), Is.False);
    }

    [Test]
    public void The_oldest_are_forgotten_and_memory_does_not_grow()
    {
        var seen = new SeenRecords(10);
        for (var offset = 0; offset < 1000; offset++)
        {
            seen.Add(Delivery("in", 0, offset, hop: 1));
            seen.Add(Delivery("in", 0, offset, hop: 1));
        }

        Assert.That(seen.Count, Is.EqualTo(10));
        Assert.That(seen.Contains(Delivery("in", 0, 989, hop: 1)), Is.False);
        Assert.That(Enumerable.Range(990, 10).All(offset => seen.Contains(Delivery("in", 0, offset, hop: 1))));
    }

    private Delivery Delivery(string kafkaTopic, int partition, long offset, int hop)
    {
        var delivery = new Delivery(0);
        delivery.Begin(
            _assignment,
            new ConsumedRecord(new TopicPartition("kalinka.delivery", 0), 0, 0, null, null, [])
        );
        delivery.Unwrap(new TopicPartition(kafkaTopic, partition), offset, hop);
        return delivery;
    }
}
