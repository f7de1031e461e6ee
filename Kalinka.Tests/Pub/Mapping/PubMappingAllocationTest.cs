using System.Text;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Mapping;
using static Kalinka.Tests.Pub.Mapping.PubRules;

namespace Kalinka.Tests.Pub.Mapping;

public class PubMappingAllocationTest
{
    [Test]
    public void Ten_thousand_messages_allocate_nothing()
    {
        var mapping = Compile([
            .. Prototype,
            Rule(
                "up/{site}/{rest...}",
                "up.{rest...}",
                "{hash(site, 7)}-{property:id}",
                "{site}",
                ("b", "{broker}{topic}")
            ),
            Rule("+/+/{x...}", "other"),
        ]);
        byte[][] topics =
        [
            .. new[] { "mqtt/s/mqtt/d/pub", "mqtt/s/x/pub", "up/1/a/b", "q" }.Select(Encoding.UTF8.GetBytes),
        ];
        var properties = Block(("id", "17"));
        var record = new MappedRecord();

        Run(mapping, topics, properties, record, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(mapping, topics, properties, record, 10_000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static void Run(PubMapping mapping, byte[][] topics, byte[] block, MappedRecord record, int times)
    {
        for (var index = 0; index < times; index++)
        {
            var topic = topics[index % topics.Length];
            mapping.Map(topic, new PublishProperties(block), "b1"u8, record);
            mapping.IsCopy(topic, new PublishProperties(block));
        }
    }
}
