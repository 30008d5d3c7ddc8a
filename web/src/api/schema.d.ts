// Generated from docs/openapi.json by `npm run api`. Do not edit.

export interface paths {
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was done in the account
         * @description With format=csv every matching row comes as a file.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/email/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the address that a mailed link was sent to; every session ends */
        post: operations["changeEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a mailed invitation is to */
        post: operations["readInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/invitation/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Join an account by the mailed invitation */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign out */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign out everywhere */
        post: operations["logoutAll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How one's own sign-in is guarded beside the password */
        get: operations["getFactor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the browsers that are asked for no code */
        get: operations["listRemembered"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ask one of them for a code again */
        delete: operations["forgetRemembered"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Void the recovery codes and make ten new ones */
        post: operations["renewRecoveryCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the secret of an authenticator app
         * @description Shown once. Nothing is asked for at sign-in until a code of it was given within 15 minutes.
         */
        post: operations["beginFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch one-time codes on by the first of them; every other session ends */
        post: operations["confirmFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch one-time codes off; every other session ends */
        post: operations["endFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the password; every other session ends */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password/forgot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for a link to choose a new password */
        post: operations["forgotPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Choose a new password by the mailed link */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply for an account
         * @description The answer is the same whether the address is new or not.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List where one is signed in */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one session */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/verify-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm the e-mail address by the mailed link */
        post: operations["verifyEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listCampaigns"];
        put?: never;
        post: operations["createCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getCampaign"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["editCampaign"];
        trace?: never;
    };
    "/api/v1/campaigns/{id}/approval": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a second person to let a campaign start by exactly this plan */
        post: operations["askApproval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/approval/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve the plan that somebody else asked for, and launch it */
        post: operations["approveLaunch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/approval/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse it, with a reason that the asker reads */
        post: operations["refuseLaunch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/approval/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take one's own request back */
        post: operations["withdrawApproval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["cancelCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["cloneCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Server-sent events: `snapshot` first, then `progress` while something changes. Each carries a LiveCampaign. A user has at most five at once (429). */
        get: operations["watchCampaign"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/follow-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a draft for people of a campaign who need attention */
        post: operations["followUpCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/launch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["launchCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["pauseCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["planCampaign"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/recipients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description With format=csv everybody who fits comes as a file. */
        get: operations["listRecipients"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/recipients/{rid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why one phone rang, or did not */
        get: operations["getRecipient"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["resumeCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/trips": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listCampaignTrips"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listEmployees"];
        put?: never;
        post: operations["createEmployee"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/funnel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["consentFunnel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listImports"];
        put?: never;
        /** @description A CSV in UTF-8 with one person per row. It is kept for a day and checked; nobody is added before it is confirmed. */
        post: operations["uploadImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getImport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/imports/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description A job takes off the list whom the file does not name. A STOP of theirs stays; who comes back is asked again. */
        post: operations["archiveGone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/imports/{id}/columns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Say what each column is; remembered for the next file with the same headings */
        put: operations["setImportColumns"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/imports/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description A job takes all good rows, as a whole or not at all. Confirmed twice, it is one job. */
        post: operations["confirmImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/imports/{id}/gone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** People on the list whom the file does not name */
        get: operations["listGone"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/imports/{id}/rejected": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All rejected rows as CSV: their cells, the line and what is wrong */
        get: operations["listRejectedRows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/invite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["inviteEmployees"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listTags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getEmployee"];
        put?: never;
        post?: never;
        delete: operations["deleteEmployee"];
        options?: never;
        head?: never;
        patch: operations["editEmployee"];
        trace?: never;
    };
    "/api/v1/employees/{id}/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest calls to an employee's number */
        get: operations["listEmployeeCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/{id}/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getConsent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/{id}/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Erase a person for good
         * @description Takes name, number and tags, the words of all texts, and what the consent ledger quotes. Kept are when the person was asked, agreed, refused and was called, hashes of the words, and the keyed hash of the number, so that a STOP stays in force. It cannot be undone. Uploaded files of people go with it; it waits for one that is being worked on.
         */
        post: operations["eraseEmployee"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything that is held of a person, for the person
         * @description Also of a person who was removed from the list. With format=csv it comes as a file.
         */
        get: operations["exportEmployee"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/{id}/invite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["inviteEmployee"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/employees/{id}/opt-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Record that a person does not want calls */
        post: operations["optOutEmployee"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the texts that a person has to read, newest first */
        get: operations["listInbox"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inbox/count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count the texts that wait for a person */
        get: operations["countInbox"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inbox/{id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide about a text, once
         * @description An opt_out counts like STOP from the phone: it takes effect at once, for every employer on the number that the text was sent to. Nothing here creates an opt-in.
         */
        post: operations["resolveText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in, and for whom */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change one's own name or language */
        patch: operations["editMe"];
        trace?: never;
    };
    "/api/v1/me/email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mail a link to another address of one's own */
        post: operations["askEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/phone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Text a code to one's own phone */
        post: operations["sendPhoneCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/phone/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm one's own phone by the code */
        post: operations["verifyPhone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List accounts, newest first */
        get: operations["listApplications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An account with its evidence and its log */
        get: operations["getApplication"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve an application and assign a number */
        post: operations["approveAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep an account's log beyond its time, or no longer */
        post: operations["holdAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/name/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let another legal name hold */
        post: operations["approveLegalName"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/name/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep the old legal name */
        post: operations["refuseLegalName"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop or resume the calls of one account
         * @description Nothing else of it is suspended.
         */
        post: operations["pauseAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set how many campaign calls an account may make in 24 hours */
        post: operations["setQuota"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/reinstate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a suspension */
        post: operations["reinstateAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse an application */
        post: operations["rejectAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/reset-second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the one-time codes off an owner who has lost phone and recovery codes */
        post: operations["resetOwnerFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/revoke-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign everybody of an account out */
        post: operations["revokeSessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/accounts/{id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop an account */
        post: operations["suspendAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was done, anywhere
         * @description With format=csv every matching row comes as a file.
         */
        get: operations["listAllAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/audit/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest checks of the log, nightly ones and those that were asked for */
        get: operations["listVerifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check every seal of the log, and keep what was found */
        post: operations["verifyAudit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in as Callshu staff */
        post: operations["operatorLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign out */
        post: operations["operatorLogout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change one's own password; every other session ends */
        post: operations["changeOperatorPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List where one is signed in */
        get: operations["listOperatorSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one session */
        delete: operations["endOperatorSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/dialling": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How dialling stands, over all accounts */
        get: operations["getDialling"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count the jobs by kind and state */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which operator is signed in */
        get: operations["getOperatorMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/opt-outs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the opt-outs that operators recorded, newest first */
        get: operations["listOptOuts"];
        put?: never;
        /**
         * Record an opt-out that reached Callshu
         * @description It takes effect at once. The number need not be on any list: with scope platform its gate closes for whoever adds it later.
         */
        post: operations["recordOptOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether all dialling is stopped */
        get: operations["getPause"];
        put?: never;
        /** Stop or resume all dialling */
        post: operations["setPause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the Monday audit reports, newest first */
        get: operations["listReports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/reports/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tell whether a file is as it was made */
        post: operations["checkReportFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/reports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A report with its files and its mails */
        get: operations["getReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/reports/{id}/files/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file of a report */
        get: operations["downloadReportFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/reports/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mail a report once more */
        post: operations["resendReport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/senders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List our numbers */
        get: operations["listSenders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator/stray-texts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the texts of people whom no employer knows, newest first
         * @description They are kept for 90 days. No answer was sent: it would name an employer.
         */
        get: operations["listStrayTexts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/previews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["createPreview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/previews/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getPreview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/saved-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List saved messages by name */
        get: operations["listMessages"];
        put?: never;
        /** Keep a message to start campaigns from */
        post: operations["saveMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/saved-messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One saved message */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        /** Forget a message */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        /** Rename a message, or give it other words; no campaign changes by it */
        patch: operations["changeMessage"];
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an owner may change */
        get: operations["getSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change settings */
        patch: operations["updateSettings"];
        trace?: never;
    };
    "/api/v1/settings/legal-name": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Ask for another legal name
         * @description It holds once Callshu has checked it; until then it stands in name_change.
         */
        put: operations["askLegalName"];
        post?: never;
        /** Take that back */
        delete: operations["withdrawLegalName"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/two-person": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set above which size a campaign needs a second person
         * @description Tightening holds at once. Loosening waits for another owner where there is one: it then stands in two_person.pending.
         */
        put: operations["setTwoPerson"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/two-person/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm the loosening that another owner asked for */
        post: operations["confirmTwoPerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/two-person/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse it, or take one's own wish back */
        post: operations["refuseTwoPerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the people of the account */
        get: operations["listUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the open invitations */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Invite a person by mail
         * @description The answer is the same whether the address belongs to somebody elsewhere or not.
         */
        post: operations["inviteUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take an invitation back */
        delete: operations["uninviteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/invitations/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mail a new link; the old one is void */
        post: operations["inviteUserAgain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a person's name, role or access
         * @description The last owner who can sign in stays one. Whose access ends is signed out at once, and what they invited is void.
         */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/api/v1/users/{id}/reset-second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the one-time codes off a member who has lost phone and recovery codes
         * @description It holds at the member's next sign-in after 24 hours, and a code of theirs stops it. They and every owner hear of it by mail.
         */
        post: operations["resetUserFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Acceptance: {
            /** @enum {string} */
            language: "en" | "fr";
            name: string;
            /** @description 15 characters at least, 72 bytes at most. */
            password: string;
            token: string;
        };
        Account: {
            /** Format: date-time */
            applied_at: string | null;
            callback_number: string;
            contact_address: string;
            country: string;
            /**
             * Format: date-time
             * @description When the applicant hears from us at the latest.
             */
            decide_by: string | null;
            /** Format: int64 */
            employee_count: number;
            /** Format: uuid */
            id: string;
            legal_name: string;
            /**
             * Format: int64
             * @description Most calls and texts to one employee in a month.
             */
            monthly_limit: number;
            /** @description Another legal name, which waits until Callshu has checked it */
            name_change: components["schemas"]["NameChange"];
            province: string;
            registry_number: string;
            sender_number: string | null;
            spoken_name: string;
            /** @enum {string} */
            status: "registered" | "pending_review" | "active" | "rejected" | "suspended";
            status_reason: string;
            time_zone: string;
            two_person: components["schemas"]["TwoPerson"];
            use_case: string;
            website: string;
        };
        AccountDialling: {
            /** Format: uuid */
            account_id: string;
            /** Format: int64 */
            daily_quota: number;
            legal_name: string;
            /** Format: int64 */
            live: number;
            pause_reason: string;
            /** Format: int64 */
            paused: number;
            /**
             * Format: date-time
             * @description By an operator
             */
            paused_at: string | null;
            /**
             * Format: int64
             * @description People who wait for a call
             */
            pending: number;
            /**
             * Format: int64
             * @description Campaigns
             */
            running: number;
            /** Format: int64 */
            scheduled: number;
            /** Format: int64 */
            unknown: number;
            /**
             * Format: int64
             * @description Campaign calls of the last 24 hours
             */
            used: number;
        };
        Address: {
            email: string;
        };
        Applicant: {
            email: string;
            /** Format: date-time */
            email_verified_at: string | null;
            /** @description Anybody can have such an address: no proof of an employer. */
            free_mail: boolean;
            name: string;
            phone: string;
            phone_verified: boolean;
        };
        Application: {
            applicant: components["schemas"]["Applicant"];
            /** Format: date-time */
            applied_at: string | null;
            /** Format: date-time */
            approved_at: string | null;
            approved_by_name: string;
            attestation_version: string;
            /** Format: date-time */
            attested_at: string;
            attested_ip: string;
            callback_number: string;
            contact_address: string;
            country: string;
            /**
             * Format: int64
             * @description Campaign calls in any 24 hours
             */
            daily_quota: number;
            dialling_pause_reason: string;
            /** Format: date-time */
            dialling_paused_at: string | null;
            /** Format: int64 */
            employee_count: number;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description Since when its log is kept beyond two years; null: it is not
             */
            legal_hold_at: string | null;
            legal_hold_reason: string;
            legal_name: string;
            /** @description Another legal name, which waits for a decision */
            name_change: components["schemas"]["NameChange"];
            province: string;
            registry_number: string;
            sender_number: string | null;
            spoken_name: string;
            /** @enum {string} */
            status: "registered" | "pending_review" | "active" | "rejected" | "suspended";
            status_reason: string;
            use_case: string;
            website: string;
        };
        ApplicationList: {
            items: components["schemas"]["Application"][];
            next_cursor: string | null;
        };
        ApplicationWithLog: {
            account: components["schemas"]["Application"];
            events: components["schemas"]["AuditRow"][];
        };
        Approval: {
            checklist: components["schemas"]["ApprovalChecklist"];
            /** @description For Callshu's own log; the employer does not read it. */
            note?: string;
            /** Format: uuid */
            sender_id?: string;
        };
        ApprovalChecklist: {
            employment_plausible: boolean;
            registry_checked: boolean;
            website_checked: boolean;
        };
        ArchiveInputBody: {
            /**
             * Format: int64
             * @description How many people are gone, as it was shown
             */
            confirm: number;
        };
        AuditList: {
            items: components["schemas"]["AuditRow"][];
            next_cursor: string | null;
        };
        AuditRow: {
            /**
             * Format: uuid
             * @description Null for what is the platform's own.
             */
            account_id: string;
            action: string;
            /** @enum {string} */
            actor_kind: "user" | "operator" | "employee" | "carrier" | "system" | "anonymous";
            actor_name: string;
            /** Format: date-time */
            at: string;
            detail: {
                [key: string]: unknown;
            };
            id: string;
            ip: string;
            request_id: string;
            /** @description Its place in the chain is fixed; so within seconds. */
            sealed: boolean;
            subject_id: string;
            subject_kind: string;
        };
        Campaign: {
            /** @description What else its calls depend on; null in lists and where no call can go out */
            allowance: components["schemas"]["CampaignAllowance"];
            /** @description The newest request that a second person let it start */
            approval: components["schemas"]["CampaignApproval"];
            audience: components["schemas"]["CampaignAudience"];
            content: components["schemas"]["CampaignContent"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            dial_until: string | null;
            /** @description dial_until as wall time in start_zone; empty: none */
            dial_until_wall: string;
            /** Format: date-time */
            finished_at: string | null;
            /** @description Of one scheduled or running campaign; null in a list and for any other */
            forecast: components["schemas"]["CampaignForecast"];
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            launched_at: string | null;
            manifest_hash: string;
            /** Format: int64 */
            manifest_total: number;
            /** Format: int64 */
            max_attempts: number;
            name: string;
            plan_hash: string;
            progress: components["schemas"]["CampaignProgress"];
            /** Format: int64 */
            retry_minutes: number;
            /** Format: date-time */
            start_at: string | null;
            start_wall: string;
            start_zone: string;
            /** Format: date-time */
            started_at: string | null;
            /**
             * @description Expired: the last time for calls passed before everybody was called; finished: everybody was called, or could not be
             * @enum {string}
             */
            status: "draft" | "scheduled" | "running" | "paused" | "finished" | "cancelled" | "expired";
            status_reason: string;
            /** @description Safety rules that paused it: resuming needs a reason */
            tripped: string[];
            /** Format: date-time */
            updated_at: string;
        };
        CampaignAllowance: {
            /**
             * Format: int64
             * @description Campaign calls of the account in any 24 hours
             */
            daily_quota: number;
            /**
             * Format: int64
             * @description How many of them are left at this moment
             */
            left: number;
            /**
             * Format: date-time
             * @description When the next one is allowed, where none is left
             */
            more_at: string | null;
            pause_reason: string;
            /** Format: date-time */
            paused_at: string | null;
            /**
             * @description Callshu paused all calls, or those of the account; empty: neither
             * @enum {string}
             */
            paused_by: "" | "platform" | "account";
        } | null;
        CampaignApproval: {
            /** Format: date-time */
            asked_at: string;
            /** Format: uuid */
            asked_by: string;
            asked_by_name: string;
            /** Format: int64 */
            callable: number;
            /** Format: date-time */
            decided_at: string | null;
            decided_by_name: string;
            /** @description The one plan it is for */
            plan_hash: string;
            /** @description Of a refusal, in words; of a void request a code: edited, plan_changed, asked_again, cancelled, not_needed, asker_gone */
            reason: string;
            /** @enum {string} */
            state: "waiting" | "approved" | "refused" | "withdrawn" | "void";
            /** Format: int64 */
            total: number;
        } | null;
        CampaignAudience: {
            employee_ids?: string[];
            /** @enum {string} */
            kind: "all" | "tags" | "selection";
            tags?: string[];
        };
        CampaignChoice: {
            /**
             * Format: int64
             * @description 1 to 7
             */
            key: number;
            /** @description What the key means, by language */
            label: {
                [key: string]: string;
            };
            /** @description Whoever gives this answer needs somebody: they come first among those who need attention */
            needs_help?: boolean;
        };
        CampaignContent: {
            choices: components["schemas"]["CampaignChoice"][];
            /** @enum {string} */
            language_default?: "en" | "fr";
            /** @description What the call is about, by language */
            purpose: {
                [key: string]: string;
            };
            /** @description What is said, by language */
            texts: {
                [key: string]: components["schemas"]["CampaignText"];
            };
            /** @enum {string} */
            voice?: "female" | "male";
            /**
             * @description What a machine gets; no_answer: hang up and try again as if nobody had picked up
             * @enum {string}
             */
            voicemail?: "leave" | "hang_up" | "no_answer";
        };
        CampaignDraft: {
            audience: components["schemas"]["CampaignAudience"];
            content: components["schemas"]["CampaignContent"];
            /** @description No call starts after this wall time */
            dial_until_wall?: string;
            /**
             * Format: int64
             * @description 1 to 3; 2 if left out
             */
            max_attempts?: number;
            name: string;
            /**
             * Format: int64
             * @description 30 to 1440; 30 if left out
             */
            retry_minutes?: number;
            /** @description Wall time in start_zone, 2026-11-23T09:30; empty: at launch */
            start_wall?: string;
            /** @description IANA time zone of the wall times */
            start_zone?: string;
        };
        CampaignForecast: {
            /**
             * Format: date-time
             * @description Of the last call of all
             */
            done_at: string | null;
            /**
             * Format: date-time
             * @description Of the first call; null: there is none
             */
            first_at: string | null;
            /**
             * Format: int64
             * @description Who are called on a later day only
             */
            later: number;
            /**
             * Format: date-time
             * @description Of the first of them
             */
            later_from: string | null;
            /**
             * Format: int64
             * @description Who are not called before the deadline
             */
            never: number;
            /** Format: int64 */
            people: number;
            /**
             * Format: int64
             * @description Calls, this campaign's share of the carrier's pace
             */
            rate_per_minute: number;
            /** @description Whose days are meant by today and later */
            time_zone: string;
            /**
             * Format: int64
             * @description Who are called on the day of the first call
             */
            today: number;
            /**
             * Format: date-time
             * @description Of the last of them
             */
            today_done_at: string | null;
            /**
             * Format: int64
             * @description Groups of people with different calling hours
             */
            zones: number;
        };
        CampaignPage: {
            items: components["schemas"]["Campaign"][];
            next_cursor: string | null;
        };
        CampaignPlan: {
            /** Format: int64 */
            callable: number;
            callable_sample: components["schemas"]["PlanPerson"][];
            /**
             * Format: date-time
             * @description When the first attempts are through, at the carrier's pace
             */
            expected_end_at: string | null;
            /** Format: date-time */
            first_call_at: string | null;
            forecast: components["schemas"]["CampaignForecast"];
            /**
             * Format: int64
             * @description Callable people whose calling hours are open now
             */
            in_hours_now: number;
            /**
             * Format: int64
             * @description People whom your launches of the last 24 hours rang without a second person; they count toward the size
             */
            launched_alone: number;
            /**
             * Format: int64
             * @description People who hear the default language for lack of a text in theirs
             */
            other_language: number;
            plan_hash: string;
            /**
             * Format: int64
             * @description The carrier's pace
             */
            rate_per_minute: number;
            /** @description Whether a second person has to approve the launch if you start it */
            second_person_needed: boolean;
            /** @description How long the message takes to hear, by language */
            seconds_per_call: {
                [key: string]: number;
            };
            skipped: components["schemas"]["PlanSkip"][];
            /** @description What a person hears, line by line, by language */
            spoken: {
                [key: string]: string[];
            };
            /** Format: int64 */
            total: number;
            /**
             * Format: int64
             * @description Groups of people with different calling hours
             */
            zones: number;
        };
        CampaignProgress: {
            /** Format: int64 */
            answered: number;
            /** Format: int64 */
            answered_no_key: number;
            answers: {
                [key: string]: number;
            };
            /** Format: int64 */
            busy: number;
            /** Format: int64 */
            calls_made: number;
            /** Format: int64 */
            cancelled: number;
            /** Format: int64 */
            dialling: number;
            /**
             * Format: date-time
             * @description The forecast's done_at
             */
            expected_end_at: string | null;
            /** Format: int64 */
            failed: number;
            /** Format: date-time */
            first_ring_at: string | null;
            /** Format: int64 */
            no_answer: number;
            /** Format: int64 */
            pending: number;
            /** Format: int64 */
            rate_per_minute: number;
            /** Format: int64 */
            skipped: number;
            /** Format: int64 */
            total: number;
            /** Format: int64 */
            voicemail: number;
        };
        CampaignText: {
            message: string;
            voicemail?: string;
        };
        CampaignTrip: {
            /**
             * Format: int64
             * @description Of how many: people reached (not_me, opted_out), people who picked up (hung_up), calls placed (carrier_errors)
             */
            calls: number;
            /** Format: int64 */
            events: number;
            /** Format: uuid */
            id: string;
            /**
             * Format: int64
             * @description The share of calls that the events must not pass
             */
            limit_percent: number;
            /** @description The calls, the newest first, 100 at most */
            of: components["schemas"]["TripCall"][];
            /** @description Why it was resumed */
            reason: string;
            /** Format: date-time */
            resumed_at: string | null;
            resumed_by: string;
            /** @enum {string} */
            rule: "not_me" | "opted_out" | "hung_up" | "carrier_errors";
            /** Format: date-time */
            tripped_at: string;
        };
        CampaignTrips: {
            items: components["schemas"]["CampaignTrip"][];
        };
        Code: {
            code: string;
        };
        Colleague: {
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description null: may sign in
             */
            disabled_at: string | null;
            email: string;
            /**
             * Format: date-time
             * @description From when on a sign-in goes without them, as they are lost; null: nobody asked
             */
            factor_reset_at: string | null;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            language: "en" | "fr";
            /**
             * Format: date-time
             * @description null: never signed in
             */
            last_seen_at: string | null;
            name: string;
            phone_verified: boolean;
            /** @enum {string} */
            role: "owner" | "member";
            /** @description Signs in with one-time codes */
            second_factor: boolean;
        };
        ColleagueList: {
            items: components["schemas"]["Colleague"][];
            next_cursor: string | null;
        };
        ConsentEvent: {
            /** @description user, employee, carrier, operator or system */
            actor: string;
            actor_name: string;
            /**
             * Format: date-time
             * @description When we acted on it
             */
            at: string;
            call_sid: string;
            channel: string;
            inbound_text: string;
            kind: string;
            language: string;
            message_sid: string;
            /** @description What whoever recorded an opt-out wrote */
            note: string;
            /**
             * Format: date-time
             * @description When the carrier took it, where it tells: a minute or so later
             */
            provider_at: string | null;
            /** @description The exact words sent */
            text: string;
            /** @description SHA-256 of the exact text, in hex */
            wording_hash: string;
            wording_version: string;
        };
        ConsentFunnel: {
            /**
             * Format: int64
             * @description Opted in, and within their calling hours
             */
            callable_now: number;
            /** Format: int64 */
            imported: number;
            /** Format: int64 */
            invited: number;
            /** Format: int64 */
            lapsed: number;
            /** Format: int64 */
            none: number;
            /** Format: int64 */
            opted_in: number;
            /** Format: int64 */
            opted_out: number;
        };
        ConsentHistory: {
            events: components["schemas"]["ConsentEvent"][];
            messages: components["schemas"]["ConsentText"][];
            /** @enum {string} */
            state: "none" | "invited" | "opted_in" | "opted_out" | "lapsed";
        };
        ConsentSince: {
            /** Format: date-time */
            at: string;
            channel: string;
            kind: string;
        } | null;
        ConsentText: {
            body: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            due_at: string;
            /** Format: int64 */
            error_code: number;
            /** Format: uuid */
            id: string;
            kind: string;
            /** @description The carrier's id */
            message_sid: string;
            reason: string;
            /** Format: date-time */
            sent_at: string | null;
            state: string;
        };
        Dialling: {
            accounts: components["schemas"]["AccountDialling"][];
            /**
             * Format: date-time
             * @description The carrier was busy and is given a rest until then, by the database's clock
             */
            held_until: string | null;
            /**
             * Format: int64
             * @description Calls placed in the last minute
             */
            last_minute: number;
            /**
             * Format: int64
             * @description Queued, ringing or talking
             */
            live: number;
            /**
             * Format: int64
             * @description As many as the pace allows
             */
            per_minute: number;
            /**
             * Format: int64
             * @description Calls on their way to the carrier
             */
            placing: number;
            /**
             * Format: int64
             * @description The carrier's answer was lost; they are being looked for
             */
            unknown: number;
        };
        EmailChange: {
            /** @description One-time or recovery; asked for where one-time codes are on. */
            code?: string;
            current_password: string;
            email: string;
        };
        Employee: {
            consent: components["schemas"]["EmployeeConsent"];
            /** @enum {string} */
            country: "CA" | "US";
            /** Format: date-time */
            created_at: string;
            first_name: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            language: "en" | "fr";
            name: string;
            /** @description E.164 */
            phone: string;
            phone_masked: string;
            tags: string[];
            /** @description As the employer stated it; empty: by the number */
            time_zone: string;
            /** @description Time zones of the number */
            zones: string[];
        };
        EmployeeCall: {
            /** Format: int64 */
            answer: number | null;
            answer_label: string;
            /** Format: date-time */
            at: string;
            call_sid: string | null;
            campaign: string;
            /** Format: uuid */
            campaign_id: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            recipient_id: string;
            state: string;
        };
        EmployeeCalls: {
            items: components["schemas"]["EmployeeCall"][];
        };
        EmployeeChange: {
            /** @description Needed with a new number */
            attestation?: string;
            first_name?: string;
            invite?: boolean;
            language?: string;
            name?: string;
            phone?: string;
            tags?: string[];
            time_zone?: string;
        };
        EmployeeConsent: {
            /** Format: date-time */
            changed_at: string | null;
            /** @enum {string} */
            state: "none" | "invited" | "opted_in" | "opted_out" | "lapsed";
        };
        EmployeeForm: {
            /** @description How this person gave the number */
            attestation: string;
            first_name?: string;
            invite?: boolean;
            language?: string;
            name: string;
            phone: string;
            tags?: string[];
            time_zone?: string;
        };
        EmployeeOptOut: {
            /** @description How the person said it; kept with the consent history */
            note?: string;
        };
        EmployeeOptOutDone: {
            /** Format: int64 */
            calls_ended: number;
        };
        EmployeePage: {
            items: components["schemas"]["Employee"][];
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with total=true
             */
            total?: number;
        };
        EraseRequest: {
            /** @description The person's name, exactly as it stands */
            confirm: string;
            /** @enum {string} */
            reason: "person_asked" | "no_longer_employed" | "entered_by_mistake";
        };
        EraseResult: {
            /** Format: date-time */
            erased_at: string;
            /**
             * Format: int64
             * @description Rows of the consent ledger that quote nothing any more
             */
            events: number;
            /**
             * Format: int64
             * @description Texts of the person
             */
            replies: number;
            /**
             * Format: int64
             * @description Texts to the person, without number and words now
             */
            texts: number;
        };
        Factor: {
            /** @description The password would not do alone: the codes cannot be switched off before it is changed. */
            password_short: boolean;
            /**
             * Format: int64
             * @description How many are left.
             */
            recovery_codes: number;
            /** Format: date-time */
            since: string | null;
            /** @description One-time codes are on. */
            totp: boolean;
        };
        FactorReset: {
            /**
             * Format: date-time
             * @description From then on the next sign-in goes without codes, unless a code stops it before.
             */
            from: string;
        };
        FactorSetup: {
            /** @description The URL as a QR code. */
            qr: components["schemas"]["Picture"];
            /** @description Base32, to be typed where the picture cannot be read. */
            secret: string;
            /** @description The same as otpauth:// */
            url: string;
        };
        FileCheck: {
            sha256: string;
        };
        FileVerdict: {
            file: components["schemas"]["FoundFile"];
            /** @description A report has a file with exactly these bytes. */
            known: boolean;
            /** @description It is not sealed and cannot be: the event that named the hash was deleted when its two years were over. */
            past: boolean;
            /** Format: uuid */
            report_id: string;
            /** @description The sealed log names the same hash, and its seal holds. */
            sealed: boolean;
            /** Format: date-time */
            week_start: string | null;
        };
        FirstBad: {
            /** Format: uuid */
            chain: string;
            row_id: string;
            /** Format: int64 */
            seq: number;
            source: string;
            why: string;
        } | null;
        FollowUpRequest: {
            groups: ("needs_help" | "not_reached" | "no_key")[];
        };
        FoundFile: {
            name: string;
            /** Format: int64 */
            part: number;
            /** Format: int64 */
            parts: number;
            /** Format: int64 */
            rows: number;
        } | null;
        Hold: {
            held: boolean;
            /** @description For Callshu's own log; the employer does not read it. */
            reason: string;
        };
        Import: {
            /**
             * @description Of those who are gone
             * @enum {string}
             */
            archive: "" | "queued" | "done";
            /** Format: int64 */
            archive_confirmed: number;
            /** Format: int64 */
            archived: number;
            /** Format: int64 */
            changed: number;
            /** @description Only of one open or failed import */
            check: components["schemas"]["ImportCheck"];
            /** Format: date-time */
            created_at: string;
            /**
             * Format: int64
             * @description People written
             */
            done: number;
            file_name: string;
            /**
             * Format: date-time
             * @description About when the last invitation has been sent
             */
            finish_at: string | null;
            /** Format: date-time */
            finished_at: string | null;
            /**
             * Format: int64
             * @description People on the list whom the file does not name
             */
            gone: number;
            /** Format: uuid */
            id: string;
            /** Format: int64 */
            invitations_queued: number;
            /** @description The file is still here */
            kept: boolean;
            /** Format: int64 */
            new: number;
            /** @enum {string} */
            phase: "" | "reading" | "writing" | "inviting";
            /** @description Why its columns cannot be read, or why it failed */
            problem: components["schemas"]["ImportProblem"];
            /** Format: int64 */
            rejected: number;
            /** @enum {string} */
            state: "open" | "queued" | "running" | "done" | "failed";
            /**
             * Format: int64
             * @description People who are new or changed
             */
            to_do: number;
            /**
             * Format: int64
             * @description Rows with people; this and the next five are of this moment while the file is open
             */
            total: number;
            /** Format: int64 */
            unchanged: number;
        };
        ImportChange: {
            fields: components["schemas"]["ImportFieldChange"][];
            name: string;
            phone: string;
        };
        ImportCheck: {
            /** @description The first five that would change */
            changes: components["schemas"]["ImportChange"][];
            columns: components["schemas"]["ImportColumn"][];
            /** @description Of the first 200 rejected rows */
            errors: components["schemas"]["ImportError"][];
            /** @description The first five rows, as they stand */
            preview: string[][];
            /** @description The first five that would be taken */
            sample: components["schemas"]["Employee"][];
            /**
             * Format: int64
             * @description Rejected rows without a number that can be read: who they are may be among those who are gone
             */
            unread: number;
        } | null;
        ImportColumn: {
            /** @enum {string} */
            field: "" | "name" | "first_name" | "last_name" | "phone" | "language" | "time_zone" | "tags";
            heading: string;
        };
        ImportColumns: {
            fields: ("" | "name" | "first_name" | "last_name" | "phone" | "language" | "time_zone" | "tags")[];
        };
        ImportConfirmation: {
            /** @description How the people gave their numbers */
            attestation: string;
            /** @description Send each new person one invitation */
            invite?: boolean;
        };
        ImportError: {
            code: string;
            column: string;
            message: string;
            /**
             * Format: int64
             * @description Line of the file; the headings are line 1
             */
            row: number;
        };
        ImportFieldChange: {
            after: string;
            before: string;
            /** @enum {string} */
            field: "name" | "first_name" | "language" | "time_zone" | "tags";
        };
        ImportList: {
            items: components["schemas"]["Import"][];
        };
        ImportProblem: {
            code: string;
            message: string;
        } | null;
        InboxCount: {
            /** Format: int64 */
            open: number;
        };
        InboxPage: {
            items: components["schemas"]["InboxText"][];
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with total=true
             */
            total?: number;
        };
        InboxText: {
            /**
             * @description Now
             * @enum {string}
             */
            consent: "none" | "invited" | "opted_in" | "opted_out" | "lapsed";
            /**
             * Format: uuid
             * @description Null once the person has left the list
             */
            employee_id: string;
            employee_name: string;
            /** Format: uuid */
            id: string;
            note: string;
            phone_masked: string;
            /** Format: date-time */
            received_at: string;
            /**
             * @description settled: the person's own later word said it
             * @enum {string|null}
             */
            resolution: "no_action" | "opt_out" | "settled" | null;
            /** Format: date-time */
            resolved_at: string | null;
            resolved_by_name: string;
            since: components["schemas"]["ConsentSince"];
            text: string;
            /**
             * @description How it was read: yes is a YES with a number that was not asked for
             * @enum {string}
             */
            word: "unknown" | "yes";
        };
        Invitation: {
            /** Format: date-time */
            created_at: string;
            email: string;
            /** @description The link is too old; send another. */
            expired: boolean;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            invited_by_name: string;
            /** @enum {string} */
            language: "en" | "fr";
            name: string;
            /** @enum {string} */
            role: "owner" | "member";
        };
        InvitationList: {
            items: components["schemas"]["Invitation"][];
            next_cursor: string | null;
        };
        InvitationQueued: {
            queued: boolean;
        };
        InviteRequest: {
            all?: boolean;
            ids?: string[];
        };
        InviteResult: {
            /**
             * Format: date-time
             * @description About when the last one has been sent
             */
            finish_at: string | null;
            /** Format: int64 */
            queued: number;
            skipped: components["schemas"]["InviteSkip"][];
        };
        InviteSkip: {
            /** Format: int64 */
            count: number;
            reason: string;
        };
        InvitedTo: {
            email: string;
            /** @enum {string} */
            language: "en" | "fr";
            legal_name: string;
            name: string;
            /** @enum {string} */
            role: "owner" | "member";
        };
        Invitee: {
            email: string;
            /**
             * @description Of the mail
             * @enum {string}
             */
            language?: "en" | "fr";
            name: string;
            /** @enum {string} */
            role: "owner" | "member";
        };
        JobCount: {
            /** Format: int64 */
            count: number;
            kind: string;
            queue: string;
            state: string;
        };
        JobCounts: {
            items: components["schemas"]["JobCount"][];
        };
        LaunchRequest: {
            plan_hash: string;
        };
        LegalName: {
            legal_name: string;
            registry_number: string;
        };
        LiveCampaign: {
            campaign: components["schemas"]["Campaign"];
            /** @description Rows of the roster that changed since the last message */
            changed: components["schemas"]["Recipient"][];
            /** @description More rows changed than came along: read the roster again */
            reload: boolean;
        };
        Login: {
            email: string;
            password: string;
            /** @description In place of totp; each works once. */
            recovery_code?: string;
            /** @description Ask this browser for no code for 30 days. */
            remember_device?: boolean;
            /** @description From the authenticator app. Without one the answer is 401 totp_required. */
            totp?: string;
        };
        LostFactor: {
            /** @description Of an owner of the account, who has asked from it. */
            email: string;
            /** @description For the log, which the account's owners read. */
            reason: string;
        };
        Me: {
            account: components["schemas"]["Account"];
            /** Format: date-time */
            server_time: string;
            /** @description The release of the time-zone rules that calling hours follow. */
            time_zone_data: string;
            user: components["schemas"]["User"];
        };
        MeChange: {
            /** @enum {string} */
            language?: "en" | "fr";
            name?: string;
        };
        Message: {
            message: string;
        };
        NameApproval: {
            /**
             * Format: uuid
             * @description What was read: another wish may have taken its place.
             */
            change_id: string;
            registry_checked: boolean;
        };
        NameChange: {
            /** Format: date-time */
            asked_at: string;
            asked_by_name: string;
            /** Format: uuid */
            id: string;
            legal_name: string;
            registry_number: string;
        } | null;
        NameRefusal: {
            /** Format: uuid */
            change_id: string;
            /** @description The employer reads it. */
            reason: string;
        };
        Operator: {
            email: string;
            /** Format: uuid */
            id: string;
            name: string;
            /** @enum {string} */
            team: "support" | "security" | "development";
        };
        OperatorCredentials: {
            email: string;
            password: string;
            totp: string;
        };
        OperatorMe: {
            operator: components["schemas"]["Operator"];
            /** Format: date-time */
            server_time: string;
        };
        OperatorPasswordChange: {
            current_password: string;
            /** @description 15 characters at least, 72 bytes at most. */
            password: string;
            totp: string;
        };
        OptOut: {
            /**
             * Format: uuid
             * @description With scope account
             */
            account_id?: string;
            /** @description How it came: a reference, the sender; addresses and numbers are masked */
            evidence: string;
            phone: string;
            reason: string;
            /**
             * Format: date-time
             * @description When the wish reached us
             */
            received_at: string;
            /** @enum {string} */
            scope: "account" | "platform";
        };
        OptOutDone: {
            /** Format: int64 */
            calls_ended: number;
            /**
             * Format: int64
             * @description How many employers may no longer call or text
             */
            employers: number;
        };
        OptOutList: {
            items: components["schemas"]["RecordedOptOut"][];
            next_cursor: string | null;
        };
        PasswordChange: {
            /** @description One-time or recovery; asked for where one-time codes are on. */
            code?: string;
            current_password: string;
            password: string;
        };
        PasswordReset: {
            password: string;
            token: string;
        };
        PauseChange: {
            paused: boolean;
            reason: string;
        };
        PauseState: {
            /** Format: date-time */
            paused_at: string | null;
            reason: string;
        };
        PersonBack: {
            /** Format: int64 */
            answer: number | null;
            /** Format: date-time */
            at: string;
            heard: string;
        };
        PersonCall: {
            /** Format: int64 */
            answer: number | null;
            answer_text: string;
            /** Format: date-time */
            answered_at: string | null;
            /** Format: date-time */
            at: string;
            call_sid: string | null;
            campaign: string;
            /** Format: int64 */
            duration_s: number | null;
            /** Format: date-time */
            ended_at: string | null;
            heard: string;
            state: string;
        };
        PersonExport: {
            calls: components["schemas"]["PersonCall"][];
            /** @description Calls that the person made */
            calls_back: components["schemas"]["PersonBack"][];
            consent: components["schemas"]["ConsentHistory"];
            /** Format: date-time */
            exported_at: string;
            profile: components["schemas"]["PersonProfile"];
            /** @description Quiet hours and pause that the person set for this phone */
            quiet: components["schemas"]["PersonQuiet"];
            /** @description Texts of the person */
            replies: components["schemas"]["PersonReply"][];
        };
        PersonProfile: {
            consent: components["schemas"]["EmployeeConsent"];
            /** @enum {string} */
            country: "CA" | "US";
            /** Format: date-time */
            created_at: string;
            first_name: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            language: "en" | "fr";
            name: string;
            /** @description E.164 */
            phone: string;
            phone_masked: string;
            /**
             * Format: date-time
             * @description Null while the person is on the list
             */
            removed_at: string | null;
            tags: string[];
            /** @description As the employer stated it; empty: by the number */
            time_zone: string;
            /** Format: date-time */
            updated_at: string;
            /** @description Time zones of the number */
            zones: string[];
        };
        PersonQuiet: {
            end: string;
            /** Format: date-time */
            paused_until: string | null;
            /** @description HH:MM of the local day; empty without quiet hours */
            start: string;
            zone: string;
        };
        PersonReply: {
            note: string;
            /** Format: date-time */
            received_at: string;
            resolution: string | null;
            text: string;
            /** @description How it was read */
            word: string;
        };
        Phone: {
            phone: string;
        };
        Picture: {
            /** @description The d of an SVG path whose unit is one square. */
            path: string;
            /**
             * Format: int64
             * @description Width and height in squares, without a margin.
             */
            size: number;
        };
        PlanPerson: {
            /** Format: uuid */
            id: string;
            language: string;
            name: string;
        };
        PlanSkip: {
            /** Format: int64 */
            count: number;
            label: string;
            reason: string;
            sample: components["schemas"]["PlanPerson"][];
        };
        Preview: {
            /** Format: int64 */
            answer: number | null;
            /** Format: uuid */
            attempt_id: string;
            state: string;
        };
        PreviewRequest: {
            /** Format: uuid */
            campaign_id: string;
            /** @enum {string} */
            language?: "en" | "fr";
        };
        Problem: {
            /** @description Stable and snake_case, for programs. */
            code: string;
            /** @description A sentence for people. */
            detail: string;
            /** @description The inputs at fault. */
            errors?: components["schemas"]["ProblemField"][];
            /** @description Name it when you ask us about this. */
            request_id: string;
            /** Format: int64 */
            status: number;
            /** @description The status in words. */
            title: string;
            /** @description Always about:blank: the code tells problems apart. */
            type: string;
        };
        ProblemField: {
            code: string;
            /** @description Where: body.phone, query.limit. */
            location: string;
            message: string;
        };
        Proof: {
            code: string;
            current_password: string;
        };
        ProofAgain: {
            /** @description One-time or recovery; asked for where one-time codes are on. */
            code?: string;
            current_password: string;
        };
        ProofAttempt: {
            /** Format: int64 */
            answer: number | null;
            answer_label: string;
            /** Format: date-time */
            answered_at: string | null;
            answered_by: string;
            answered_early: boolean;
            /** @description The carrier's id of the call */
            call_sid: string | null;
            /**
             * Format: date-time
             * @description When consent, calling hours and limits were looked at, by the statement that made the call
             */
            checked_at: string;
            consent: components["schemas"]["ConsentEvent"];
            /**
             * Format: int64
             * @description The ledger's row that the call relied on
             */
            consent_event_id: number;
            /** Format: int64 */
            duration_s: number | null;
            /** @description Why we asked the carrier to end it */
            end_requested: string;
            /** Format: date-time */
            ended_at: string | null;
            error: string;
            /** Format: int64 */
            error_code: number;
            /** @description The number that called */
            from: string;
            /** @description message, voicemail, nothing (consent was gone when the phone was answered), or empty */
            heard: string;
            /** @description The calling hours around that moment; null where the person's place was changed since */
            hours: components["schemas"]["ProofSpan"];
            /** Format: uuid */
            id: string;
            language: string;
            /** Format: date-time */
            placed_at: string | null;
            /** Format: date-time */
            ringing_at: string | null;
            state: string;
        };
        ProofCampaign: {
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            launched_at: string | null;
            launched_by: string;
            manifest_hash: string;
            /** Format: int64 */
            manifest_total: number;
            name: string;
            plan_hash: string;
            status: string;
        };
        ProofConsent: {
            /** @description That made it so */
            event: components["schemas"]["ConsentEvent"];
            /** @enum {string} */
            state: "none" | "invited" | "opted_in" | "opted_out" | "lapsed";
        };
        ProofHours: {
            /** @description Whose rules apply to the number */
            country: string;
            /** Format: date-time */
            open_from: string;
            /** Format: date-time */
            open_until: string;
            /** @description Calls are made only when it is within hours in all of them */
            time_zones: string[];
        };
        ProofSpan: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            until: string;
        };
        QuotaChange: {
            /** Format: int64 */
            daily_quota: number;
            reason: string;
        };
        Reason: {
            reason: string;
        };
        ReasonRequest: {
            reason?: string;
        };
        Recheck: {
            current_password: string;
        };
        Recipient: {
            /** Format: int64 */
            answer: number | null;
            answer_label: string;
            /** Format: date-time */
            answered_at: string | null;
            /** @description The answer was given by calling the number back */
            answered_by_callback: boolean;
            answered_early: boolean;
            /** Format: int64 */
            attempts_made: number;
            call_back: components["schemas"]["RecipientCallBack"];
            /** Format: date-time */
            due_at: string;
            /** Format: uuid */
            employee_id: string;
            /** Format: date-time */
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            language: string;
            last_attempt: components["schemas"]["RecipientAttempt"];
            name: string;
            /** Format: date-time */
            open_from: string;
            phone_masked: string;
            /** Format: int64 */
            position: number;
            reason: string;
            /**
             * @description Skipped and cancelled: no call of this campaign came to anything, or they have said stop since; of anybody else the last outcome stays
             * @enum {string}
             */
            state: "pending" | "dialling" | "answered" | "answered_no_key" | "voicemail" | "no_answer" | "busy" | "failed" | "skipped" | "cancelled";
        };
        RecipientAttempt: {
            /** Format: date-time */
            answered_at: string | null;
            answered_by: string;
            call_sid: string | null;
            /** Format: int64 */
            duration_s: number | null;
            /** Format: date-time */
            ended_at: string | null;
            error: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            ringing_at: string | null;
            state: string;
        };
        RecipientCallBack: {
            /** Format: int64 */
            answer: number | null;
            /** Format: date-time */
            at: string;
            call_sid: string;
            /**
             * @description caller: who called, when and why; message: the message too
             * @enum {string}
             */
            heard: "caller" | "message";
        };
        RecipientPage: {
            items: components["schemas"]["Recipient"][];
            next_cursor: string | null;
        };
        RecipientProof: {
            /** @description Every call, the oldest first */
            attempts: components["schemas"]["ProofAttempt"][];
            /** @description The person's own calls to the number that called, the oldest first */
            call_backs: components["schemas"]["RecipientCallBack"][];
            campaign: components["schemas"]["ProofCampaign"];
            consent: components["schemas"]["ProofConsent"];
            hours: components["schemas"]["ProofHours"];
            /** @description Every text to this phone, the newest first */
            messages: components["schemas"]["ConsentText"][];
            recipient: components["schemas"]["Recipient"];
        };
        RecordedOptOut: {
            /** Format: uuid */
            account_id: string;
            account_name: string;
            /** Format: int64 */
            employers: number;
            evidence: string;
            /** Format: uuid */
            id: string;
            operator_name: string;
            phone_masked: string;
            reason: string;
            /** Format: date-time */
            received_at: string;
            /** Format: date-time */
            recorded_at: string;
            /** @enum {string} */
            scope: "account" | "platform";
        };
        RecoveryCodes: {
            /** @description Shown this once. */
            recovery_codes: string[];
        };
        Registration: {
            /** @description That the applicant may act for this employer, and calls only its own people. */
            attestation: boolean;
            /** @description Where employees reach the employer; said in every call. */
            callback_number: string;
            company_legal_name: string;
            contact_address: string;
            /** @enum {string} */
            country: "CA" | "US";
            email: string;
            /** Format: int64 */
            employee_count: number;
            /** @enum {string} */
            language?: "en" | "fr";
            name: string;
            /** @description 15 characters at least, 72 bytes at most. */
            password: string;
            phone: string;
            /** @description Two letters of a province, territory or state. */
            province: string;
            registry_number: string;
            /** @description How calls and texts name the employer; 20 characters at most. */
            spoken_name: string;
            time_zone?: string;
            use_case: string;
            website: string;
        };
        RememberedItem: {
            /** Format: date-time */
            created_at: string;
            current: boolean;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            ip: string;
            /** Format: date-time */
            last_used_at: string;
            user_agent: string;
        };
        RememberedList: {
            items: components["schemas"]["RememberedItem"][];
            next_cursor: string | null;
        };
        ReportDetail: {
            files: components["schemas"]["ReportFile"][];
            mails: components["schemas"]["ReportMail"][];
            report: components["schemas"]["ReportRow"];
        };
        ReportFile: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "csv" | "pdf";
            name: string;
            /** Format: int64 */
            part: number;
            /** Format: int64 */
            parts: number;
            /**
             * Format: date-time
             * @description Since when only its hash is kept; null: it can be downloaded
             */
            purged_at: string | null;
            /**
             * Format: int64
             * @description Events in it
             */
            rows: number;
            sha256: string;
            /**
             * Format: int64
             * @description Bytes
             */
            size: number;
        };
        ReportList: {
            items: components["schemas"]["ReportRow"][];
            next_cursor: string | null;
        };
        ReportMail: {
            /** Format: int64 */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            files: string[];
            last_error: string;
            recipient: string;
            /** Format: date-time */
            sent_at: string | null;
        };
        ReportRow: {
            /**
             * Format: date-time
             * @description When somebody was last told that it is not delivered
             */
            alerted_at: string | null;
            /** Format: int64 */
            chains: number;
            /** Format: date-time */
            delivered_at: string | null;
            /** Format: int64 */
            events: number;
            /** @description Combined head of all chains */
            head: string;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description When its files may go, with the events in them; a legal hold keeps them longer
             */
            kept_until: string;
            /**
             * Format: int64
             * @description Of them: of weeks before, written down after those were reported
             */
            late: number;
            /** Format: date-time */
            made_at: string;
            /** Format: int64 */
            seals: number;
            /** Format: date-time */
            week_end: string;
            /**
             * Format: date-time
             * @description Monday 00:00 in Toronto
             */
            week_start: string;
        };
        Revocation: {
            /** @description Everybody must choose a new password by a mailed link. */
            force_reset?: boolean;
        };
        SavedMessage: {
            content: components["schemas"]["CampaignContent"];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            name: string;
            /** Format: date-time */
            updated_at: string;
            updated_by_name: string;
        };
        SavedMessageChange: {
            content?: components["schemas"]["CampaignContent"];
            name?: string;
        };
        SavedMessageInput: {
            content: components["schemas"]["CampaignContent"];
            name: string;
        };
        SavedMessagePage: {
            items: components["schemas"]["SavedMessage"][];
            next_cursor: string | null;
        };
        Sender: {
            /** Format: int64 */
            accounts: number;
            active: boolean;
            /** Format: uuid */
            id: string;
            number: string;
        };
        SenderList: {
            items: components["schemas"]["Sender"][];
        };
        SentTo: {
            sent_to_masked: string;
        };
        SessionItem: {
            /** Format: date-time */
            created_at: string;
            current: boolean;
            /** Format: uuid */
            id: string;
            ip: string;
            /** Format: date-time */
            last_seen_at: string;
            user_agent: string;
        };
        SessionList: {
            items: components["schemas"]["SessionItem"][];
            next_cursor: string | null;
        };
        Settings: {
            callback_number?: string;
            contact_address?: string;
            time_zone?: string;
            website?: string;
        };
        StrayText: {
            body: string;
            /** Format: uuid */
            id: string;
            /** @description Ours, to which it came */
            number: string;
            /** @description What it did: opted_out, unblocked, help, nothing or review */
            outcome: string;
            phone_masked: string;
            /** Format: date-time */
            received_at: string;
            /**
             * @description How it was read
             * @enum {string}
             */
            word: "stop" | "stop_all" | "start" | "yes" | "help" | "calls" | "unknown";
        };
        StrayTextList: {
            items: components["schemas"]["StrayText"][];
            next_cursor: string | null;
        };
        Tag: {
            /** Format: int64 */
            count: number;
            tag: string;
        };
        TagList: {
            items: components["schemas"]["Tag"][];
        };
        TextDecision: {
            /** @enum {string} */
            action: "no_action" | "opt_out";
            note?: string;
        };
        Token: {
            token: string;
        };
        TripCall: {
            /** Format: date-time */
            at: string | null;
            /** Format: uuid */
            attempt_id: string;
            call_sid: string | null;
            /** Format: int64 */
            duration_s: number | null;
            error: string;
            name: string;
            phone_masked: string;
            /** Format: uuid */
            recipient_id: string;
        };
        TwoPerson: {
            /**
             * Format: int64
             * @description A campaign to more people needs one; null: none ever does.
             */
            above: number | null;
            /** @description A loosening that waits for another owner */
            pending: components["schemas"]["TwoPersonChange"];
        };
        TwoPersonChange: {
            /** Format: int64 */
            above: number | null;
            /** Format: uuid */
            asked_by: string;
            asked_by_name: string;
        } | null;
        TwoPersonSize: {
            /**
             * Format: int64
             * @description People whom one person's launches of 24 hours may ring alone; 0: every campaign needs a second person; null: none
             */
            above: number | null;
        };
        User: {
            email: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            language: "en" | "fr";
            name: string;
            phone: string;
            phone_verified: boolean;
            /** @enum {string} */
            role: "owner" | "member";
        };
        UserChange: {
            /** @description true: may not sign in any more */
            disabled?: boolean;
            name?: string;
            /** @enum {string} */
            role?: "owner" | "member";
        };
        Verification: {
            /**
             * Format: date-time
             * @description When it began.
             */
            at: string;
            /** Format: int64 */
            chains: number;
            /**
             * Format: int64
             * @description Days whose combined head still holds.
             */
            checkpoints: number;
            /**
             * Format: int64
             * @description Sealed rows of people who were erased; what stays of them is as the erasure left it.
             */
            erased: number;
            first_bad: components["schemas"]["FirstBad"];
            /** @description Nobody asked for it. */
            nightly: boolean;
            ok: boolean;
            /**
             * Format: int64
             * @description Sealed rows that were deleted after two years; their seals stay.
             */
            purged: number;
            /** Format: int64 */
            seals: number;
            /** Format: int64 */
            took_ms: number;
            /**
             * Format: int64
             * @description Rows too new to be sealed.
             */
            unsealed: number;
        };
        VerificationList: {
            items: components["schemas"]["Verification"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAudit: {
        parameters: {
            query?: {
                /** @description An action, or all of a noun with a dot at its end: campaign. */
                action?: string;
                /** @description A kind, an id, or a part of a name. */
                actor?: string;
                /** @description What was acted on: campaign, employee, account */
                subject_kind?: string;
                /** @description Which one of them */
                subject_id?: string;
                /** @description All that one request did */
                request_id?: string;
                from?: string;
                to?: string;
                limit?: number;
                cursor?: string;
                format?: "json" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Token"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Token"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitedTo"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Acceptance"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: {
                "__Host-callshu-device"?: string;
                "__Host-callshu-known"?: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Clear-Site-Data"?: string;
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logoutAll: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Clear-Site-Data"?: string;
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Factor"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRemembered: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: {
                "__Host-callshu-device"?: string;
            };
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RememberedList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forgetRemembered: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renewRecoveryCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Proof"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beginFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Recheck"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FactorSetup"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Code"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Proof"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forgotPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Address"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: {
                "__Host-callshu-known"?: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordReset"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Registration"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Token"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCampaigns: {
        parameters: {
            query?: {
                status?: "draft" | "scheduled" | "running" | "paused" | "finished" | "cancelled" | "expired";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignPage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CampaignDraft"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    editCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CampaignDraft"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    askApproval: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LaunchRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approveLaunch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LaunchRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refuseLaunch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdrawApproval: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ReasonRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cloneCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveCampaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followUpCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FollowUpRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    launchCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LaunchRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ReasonRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    planCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignPlan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRecipients: {
        parameters: {
            query?: {
                state?: "pending" | "dialling" | "answered" | "answered_no_key" | "voicemail" | "no_answer" | "busy" | "failed" | "skipped" | "cancelled";
                answer?: number;
                search?: string;
                /** @description Only who needs somebody's attention, those first who asked for help */
                attention?: "all" | "needs_help" | "not_reached" | "no_key";
                limit?: number;
                cursor?: string;
                format?: "csv";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Content-Disposition"?: string;
                    "Content-Type"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecipientPage"];
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRecipient: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecipientProof"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ReasonRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCampaignTrips: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignTrips"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEmployees: {
        parameters: {
            query?: {
                /** @description The start of any word of the name, or digits of the number */
                search?: string;
                consent?: "none" | "invited" | "opted_in" | "opted_out" | "lapsed";
                tag?: string;
                sort?: "name" | "-name" | "created_at" | "-created_at";
                limit?: number;
                cursor?: string;
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmployeePage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createEmployee: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmployeeForm"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Employee"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    consentFunnel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentFunnel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listImports: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    uploadImport: {
        parameters: {
            query?: {
                /** @description Of the file, for people to know it again */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    archiveGone: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ArchiveInputBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setImportColumns: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportColumns"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportConfirmation"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listGone: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmployeePage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRejectedRows: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Content-Disposition"?: string;
                    "Content-Type"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inviteEmployees: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InviteRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InviteResult"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTags: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEmployee: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Employee"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteEmployee: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    editEmployee: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmployeeChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Employee"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEmployeeCalls: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmployeeCalls"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConsent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentHistory"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseEmployee: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EraseRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EraseResult"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportEmployee: {
        parameters: {
            query?: {
                format?: "json" | "csv";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Content-Disposition"?: string;
                    "Content-Type"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonExport"];
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inviteEmployee: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationQueued"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    optOutEmployee: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmployeeOptOut"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmployeeOptOutDone"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInbox: {
        parameters: {
            query?: {
                /** @description Those that wait, or those that are decided */
                state?: "open" | "done";
                /** @description A part of the text or of the name */
                search?: string;
                limit?: number;
                cursor?: string;
                total?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxPage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    countInbox: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxCount"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resolveText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TextDecision"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxText"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    editMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MeChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    askEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sendPhoneCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Phone"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentTo"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyPhone: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Code"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listApplications: {
        parameters: {
            query?: {
                status?: "registered" | "pending_review" | "active" | "rejected" | "suspended";
                /** @description Only those whose change of the legal name waits */
                name_change?: boolean;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApplication: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationWithLog"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approveAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Approval"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    holdAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Hold"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approveLegalName: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NameApproval"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refuseLegalName: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NameRefusal"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setQuota: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuotaChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reinstateAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rejectAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetOwnerFactor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LostFactor"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FactorReset"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Revocation"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suspendAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAllAudit: {
        parameters: {
            query?: {
                account_id?: string;
                /** @description An action, or all of a noun with a dot at its end: campaign. */
                action?: string;
                /** @description A kind, an id, or a part of a name. */
                actor?: string;
                /** @description What was acted on: campaign, employee, account */
                subject_kind?: string;
                /** @description Which one of them */
                subject_id?: string;
                /** @description All that one request did */
                request_id?: string;
                from?: string;
                to?: string;
                limit?: number;
                cursor?: string;
                format?: "json" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listVerifications: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyAudit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    operatorLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: {
                "__Host-callshu-known"?: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperatorCredentials"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorMe"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    operatorLogout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Clear-Site-Data"?: string;
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeOperatorPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperatorPasswordChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorMe"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOperatorSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endOperatorSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDialling: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dialling"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobCounts"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOperatorMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorMe"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOptOuts: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptOutList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recordOptOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OptOut"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptOutDone"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPause: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PauseState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setPause: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PauseState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReports: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    checkReportFile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FileCheck"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileVerdict"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    downloadReportFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Content-Disposition"?: string;
                    "Content-Security-Policy"?: string;
                    "Content-Type"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resendReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSenders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SenderList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listStrayTexts: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StrayTextList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createPreview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPreview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMessages: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedMessagePage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    saveMessage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SavedMessageInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedMessage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedMessage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SavedMessageChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedMessage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Settings"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    askLegalName: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LegalName"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdrawLegalName: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setTwoPerson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TwoPersonSize"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmTwoPerson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TwoPersonSize"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refuseTwoPerson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ColleagueList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvitations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationList"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inviteUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Invitee"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    uninviteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inviteUserAgain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Colleague"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetUserFactor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProofAgain"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Colleague"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
