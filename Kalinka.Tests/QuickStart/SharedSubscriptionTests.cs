using Kalinka.QuickStart.Brokers;

namespace Kalinka.Tests.QuickStart;

internal sealed class SharedSubscriptionTests
{
    [TestCase("$share/kalinka/mqtt/+/+/pub", "kalinka", "mqtt/+/+/pub")]
    [TestCase("$share/k/#", "k", "#")]
    [TestCase("$share/k//a", "k", "/a")]
    public void A_share_and_its_filter_are_taken_apart(string topicFilter, string shareName, string filter)
    {
        Assert.That(SharedSubscription.TryParse(topicFilter, out var shared), Is.True);
        Assert.That(shared, Is.EqualTo(new SharedSubscription(shareName, filter)));
    }

    [TestCase("mqtt/+/+/pub")]
    [TestCase("$share")]
    [TestCase("$share/")]
    [TestCase("$share/k")]
    [TestCase("$share/k/")]
    [TestCase("$share//a")]
    [TestCase("$SYS/a")]
    public void Anything_else_is_no_shared_subscription(string topicFilter) =>
        Assert.That(SharedSubscription.TryParse(topicFilter, out _), Is.False);
}
