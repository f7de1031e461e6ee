using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Mapping;
using static Kalinka.Tests.Sub.Mapping.SubRules;

namespace Kalinka.Tests.Sub.Mapping;

public class SubMappingAllocationTest
{
    [Test]
    public void Ten_thousand_records_allocate_nothing()
    {
        var mapping = Compile([
            .. Prototype,
            Rule("{a}-{b}.x", "{broker}/{a}/{b}/{hash(key, 9)}", properties: ("from", "{topic}{header:größe}")),
        ]);
        ConsumedRecord[] records =
        [
            Record("mqtt.mqtt", "d1", ("srcId", "s1")),
            Record("spark.mqtt", "d2"),
            Record("p-q.x", "d3", ("srcId", "s3"), ("größe", "7")),
            Record("unmapped", "d4"),
        ];
        var message = new MappedMessage();
        var writer = new PublishPropertiesWriter();

        Run(mapping, records, message, writer, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(mapping, records, message, writer, 10_000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static void Run(
        SubMapping mapping,
        ConsumedRecord[] records,
        MappedMessage message,
        PublishPropertiesWriter writer,
        int times
    )
    {
        for (var index = 0; index < times; index++)
        {
            ref readonly var record = ref records[index % records.Length];
            mapping.Map(record, message);
            mapping.RenderTopic(record, "b1"u8, message);
            writer.Clear();
            mapping.WriteProperties(record, writer);
        }
    }
}
