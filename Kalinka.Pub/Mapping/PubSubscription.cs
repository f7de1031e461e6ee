namespace Kalinka.Pub.Mapping;

/// <summary>One topic filter to subscribe to, without <c>$share/...</c>.</summary>
/// <param name="Identifier">Subscription Identifier, 1 to 268,435,455; null where no copies can come.</param>
public sealed record PubSubscription(string Filter, uint? Identifier);
