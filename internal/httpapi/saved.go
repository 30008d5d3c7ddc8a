package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/campaign"
)

func (s *server) registerSaved() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/saved-messages" + path, Summary: summary}
	}
	create, remove := op("saveMessage", http.MethodPost, "", "Keep a message to start campaigns from"), op("deleteMessage", http.MethodDelete, "/{id}", "Forget a message")
	create.DefaultStatus, remove.DefaultStatus = http.StatusCreated, http.StatusNoContent
	route(s.tenant, op("listMessages", http.MethodGet, "", "List saved messages by name"), s.listMessages)
	route(s.tenant, create, s.saveMessage)
	route(s.tenant, op("getMessage", http.MethodGet, "/{id}", "One saved message"), s.getMessage)
	route(s.tenant, op("changeMessage", http.MethodPatch, "/{id}", "Rename a message, or give it other words; no campaign changes by it"), s.changeMessage)
	route(s.tenant, remove, s.deleteMessage)
}

// SavedMessage is a message that campaigns can start from.
type SavedMessage struct {
	ID            uuid.UUID       `json:"id"`
	Name          string          `json:"name"`
	Content       CampaignContent `json:"content"`
	CreatedAt     time.Time       `json:"created_at"`
	UpdatedAt     time.Time       `json:"updated_at"`
	UpdatedByName string          `json:"updated_by_name"`
}

// SavedMessagePage is a page of messages, by name.
type SavedMessagePage struct {
	Items      []SavedMessage `json:"items"`
	NextCursor *string        `json:"next_cursor"`
}

// SavedMessageInput is a message to keep.
type SavedMessageInput struct {
	Name    string          `json:"name"`
	Content CampaignContent `json:"content"`
}

// SavedMessageChange is what changes; what is left out stays.
type SavedMessageChange struct {
	Name    *string          `json:"name,omitempty"`
	Content *CampaignContent `json:"content,omitempty"`
}

type savedOutput struct{ Body SavedMessage }

func savedOf(m campaign.SavedMessage) SavedMessage {
	return SavedMessage{ID: m.ID, Name: m.Name, Content: contentOf(m.Content), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, UpdatedByName: m.UpdatedByName}
}

func saved(m campaign.SavedMessage, err error) (*savedOutput, error) {
	if err != nil {
		return nil, err
	}
	return &savedOutput{savedOf(m)}, nil
}

// savedCursor is where a page of messages ended.
type savedCursor struct{ Name string }

func (s *server) listMessages(ctx context.Context, in *struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	Cursor string `query:"cursor" maxLength:"1000"`
}) (*struct{ Body SavedMessagePage }, error) {
	var after savedCursor
	if in.Cursor != "" {
		if err := decodeCursor(in.Cursor, &after); err != nil {
			return nil, err
		}
	}
	list, err := s.Campaigns.Messages(ctx, caller(ctx).AccountID, after.Name, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := SavedMessagePage{Items: []SavedMessage{}}
	for i, m := range list {
		if i == in.Limit {
			page.NextCursor = encodeCursor(savedCursor{list[i-1].Name})
			break
		}
		page.Items = append(page.Items, savedOf(m))
	}
	return &struct{ Body SavedMessagePage }{page}, nil
}

func (s *server) saveMessage(ctx context.Context, in *struct{ Body SavedMessageInput }) (*savedOutput, error) {
	return saved(s.Campaigns.SaveMessage(ctx, caller(ctx).forCampaigns(), in.Body.Name, in.Body.Content.domain()))
}

func (s *server) getMessage(ctx context.Context, in *CampaignPath) (*savedOutput, error) {
	return saved(s.Campaigns.Message(ctx, caller(ctx).AccountID, in.ID))
}

func (s *server) changeMessage(ctx context.Context, in *struct {
	CampaignPath
	Body SavedMessageChange
}) (*savedOutput, error) {
	change := campaign.SavedChange{Name: in.Body.Name}
	if in.Body.Content != nil {
		content := in.Body.Content.domain()
		change.Content = &content
	}
	return saved(s.Campaigns.ChangeMessage(ctx, caller(ctx).forCampaigns(), in.ID, change))
}

func (s *server) deleteMessage(ctx context.Context, in *CampaignPath) (*struct{}, error) {
	return nil, s.Campaigns.DeleteMessage(ctx, caller(ctx).forCampaigns(), in.ID)
}
