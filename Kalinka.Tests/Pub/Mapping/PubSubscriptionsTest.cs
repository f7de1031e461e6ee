using FsCheck.Fluent;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Mapping;
using Kalinka.Tests.Common.Mapping;
using static Kalinka.Tests.Pub.Mapping.PubRules;

namespace Kalinka.Tests.Pub.Mapping;

public class PubSubscriptionsTest
{
    [Test]
    public void Captures_become_wildcards()
    {
        Assert.That(
            Compile(Prototype).Subscriptions,
            Is.EqualTo(
                new[] { new PubSubscription("mqtt/+/mqtt/+/pub", null), new PubSubscription("mqtt/+/+/pub", null) }
            )
        );
    }

    [Test]
    public void A_filter_inside_another_is_left_out()
    {
        var mapping = OfFilters("a/b", "{x}/b", "a/#", "a", "+/b", "c");

        Assert.That(
            mapping.Subscriptions.Select(subscription => subscription.Filter),
            Is.EqualTo(new[] { "+/b", "a/#", "c" })
        );
        Assert.That(mapping.HasOverlap);
    }

    [Test]
    public void Only_those_that_overlap_have_an_identifier()
    {
        var subscriptions = OfFilters("a/+", "+/b", "c/d").Subscriptions;

        Assert.That(subscriptions[0].Identifier, Is.InRange(1, 268_435_455));
        Assert.That(
            subscriptions[1].Identifier,
            Is.InRange(1, 268_435_455).And.Not.EqualTo(subscriptions[0].Identifier)
        );
        Assert.That(subscriptions[2].Identifier, Is.Null);
    }

    [Test]
    public void Identifiers_stay_the_same_over_restarts_and_when_unrelated_rules_come()
    {
        // Fixed numbers: what a broker has queued carries them.
        Assert.That(Identifiers("a/+", "+/b"), Is.EqualTo(new uint?[] { 233_572_737, 164_347_931 }));
        Assert.That(
            Identifiers("x", "a/+", "y", "+/b").Where(one => one is not null),
            Is.EqualTo(Identifiers("a/+", "+/b"))
        );
    }

    [Test]
    public void A_filter_gets_another_identifier_when_one_comes_to_stand_before_it()
    {
        var yesterday = OfFilters("+/b", "x/+/c", "+/y/c");
        var today = OfFilters("a/+", "+/b");
        var queued = Properties(yesterday.Subscriptions[0].Identifier);

        // Yesterday nothing sent this message for a/+ as well.
        Assert.That(today.IsCopy("a/b"u8, new PublishProperties(queued)), Is.False);
    }

    [Test]
    public void The_copies_of_all_but_the_first_subscription_are_copies()
    {
        var mapping = OfFilters("a/+", "+/b", "+/+/c");
        var (first, second) = (mapping.Subscriptions[0].Identifier, mapping.Subscriptions[1].Identifier);

        Assert.That(mapping.IsCopy("a/b"u8, new PublishProperties(Properties(first))), Is.False);
        Assert.That(mapping.IsCopy("a/b"u8, new PublishProperties(Properties(second))), Is.True);
        Assert.That(
            mapping.IsCopy("x/b"u8, new PublishProperties(Properties(second))),
            Is.False,
            "it has no other copy"
        );
        Assert.That(
            mapping.IsCopy("a/b"u8, new PublishProperties(Properties(second, first))),
            Is.False,
            "one copy for both"
        );
        Assert.That(mapping.IsCopy("a/b"u8, new PublishProperties(Properties(12345))), Is.False, "unknown");
        Assert.That(mapping.IsCopy("a/b"u8, default), Is.False, "none");
    }

    [Test]
    public void Every_message_is_produced_once_whatever_the_rules()
    {
        var samples = from filters in Samples.Filters from topic in Samples.Topic select (filters, topic);
        samples.Holds(sample =>
        {
            var mapping = OfFilters(sample.filters);
            var topic = System.Text.Encoding.UTF8.GetBytes(sample.topic);
            var arriving = mapping
                .Subscriptions.Where(subscription => Specification.Matches(subscription.Filter, sample.topic))
                .ToArray();
            var produced = arriving.Count(subscription =>
                !mapping.IsCopy(topic, new PublishProperties(Properties(subscription.Identifier)))
            );
            var wanted = Array.Exists(sample.filters, filter => Specification.Matches(filter, sample.topic));
            return produced == (wanted ? 1 : 0) && mapping.HasOverlap == HasIdentifiers(mapping);
        });
    }

    private static bool HasIdentifiers(PubMapping mapping) =>
        mapping.Subscriptions.Any(subscription => subscription.Identifier is not null);

    private static uint?[] Identifiers(params string[] filters) =>
        [.. OfFilters(filters).Subscriptions.Select(subscription => subscription.Identifier)];

    private static PubMapping OfFilters(params string[] filters) =>
        Compile([.. filters.Select(filter => Rule(filter, "t"))]);

    /// <summary>A property block with Subscription Identifiers [MQTT-3.3.2.3.8].</summary>
    private static byte[] Properties(params uint?[] identifiers)
    {
        var block = new List<byte>();
        foreach (var identifier in identifiers.OfType<uint>())
        {
            var number = new byte[4];
            var size = VariableByteInteger.Write(number, identifier);
            block.Add((byte)PropertyId.SubscriptionIdentifier);
            block.AddRange(number[..size]);
        }

        return [.. block];
    }
}
