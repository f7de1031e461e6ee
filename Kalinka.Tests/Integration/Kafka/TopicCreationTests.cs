using Kalinka.Common.Kafka;
using Kalinka.Tests.Common.Kafka;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

internal sealed class TopicCreationTests
{
    [Test]
    public async Task Missing_topics_are_made_and_known_and_those_that_exist_are_no_error()
    {
        var existing = await SharedKafka.TopicAsync();
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);

        var errors = await producing.Catalog.CreateMissingAsync([existing, "made.a", "made.b"], default);
        var again = await producing.Catalog.CreateMissingAsync([existing, "made.a", "made.b"], default);

        Assert.That(errors, Is.Empty);
        Assert.That(again, Is.Empty);
        Assert.That(producing.Catalog.Find("made.a"u8, out var kafkaTopic), Is.EqualTo(TopicLookup.Known));
        Assert.That(kafkaTopic!.Name, Is.EqualTo("made.a"));
        Assert.That(producing.Catalog.Find("made.b"u8, out _), Is.EqualTo(TopicLookup.Known));
    }

    [Test]
    public async Task Someone_else_being_faster_is_no_error()
    {
        using var one = new Producing(SharedKafka.Server.BootstrapServers);
        using var other = new Producing(SharedKafka.Server.BootstrapServers);
        await Task.WhenAll(one.Catalog.Loaded, other.Catalog.Loaded);

        var errors = await Task.WhenAll(
            one.Catalog.CreateMissingAsync(["raced"], default),
            other.Catalog.CreateMissingAsync(["raced"], default)
        );

        Assert.That(errors, Is.All.Empty);
    }

    [Test]
    public async Task What_cannot_be_made_is_told_by_name_and_the_others_are_made()
    {
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);

        var errors = await producing.Catalog.CreateMissingAsync(["not/legal", "legal"], default);

        Assert.That(errors.Single(), Does.StartWith("not/legal: "));
        Assert.That(await producing.TopicAsync("legal"), Is.Not.Null);
    }

    [Test]
    public async Task Asking_for_a_topic_makes_none_and_those_of_Kafka_itself_are_unknown()
    {
        using var member = new GroupMember(SharedKafka.Server.BootstrapServers, [await SharedKafka.TopicAsync()]);
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);
        await producing.Catalog.Loaded;
        await Eventually.That(() => member.Consumer.Joined, TimeSpan.FromSeconds(30), "__consumer_offsets is made");
        var late = await SharedKafka.TopicAsync();

        await producing.TopicAsync(late);

        Assert.That(producing.Catalog.Find("__consumer_offsets"u8, out _), Is.EqualTo(TopicLookup.Unknown));
        Assert.That(producing.Catalog.Find("nobody.made.this"u8, out _), Is.EqualTo(TopicLookup.Unknown));
    }
}
